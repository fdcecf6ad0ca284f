import fc from "fast-check";
import { onDefineDomainParams, preCloudInitIsoParams } from "../../../src/sidecar/grpc/messages.ts";
import { ensure, type Report } from "../item.ts";
import { holds } from "../random.ts";
import { almostVmi, anyCloudInitData, anyJson } from "./any_json.ts";
import { cloudInit, cloudInitData, defineDomain } from "./hook_call.ts";

const DOMAIN = new TextEncoder().encode("<domain><devices/></domain>");
const encoder = new TextEncoder();

/** Every request is answered, or refused with a message: for all else hook_call.ts throws. */
export async function anyRequestIsAnswered(report: Report): Promise<void> {
  const anyVmi = fc.oneof(anyJson, almostVmi);
  await report.check(
    "requests: any JSON for the VMI is answered or refused",
    () =>
      holds(
        fc.property(anyVmi, fc.constantFrom("", "#ps1\n", "#cloud-config\n"), (vmi, userData) => {
          inWords(cloudInit({ cloudInitData: cloudInitData(userData), vmi }));
          inWords(defineDomain(DOMAIN, encoder.encode(vmi)));
          ensure(!("polluted" in {}), "A key of the VMI has reached every object.");
        }),
      ),
  );
  await report.check(
    "requests: any JSON for the cloud-init data is answered or refused",
    () =>
      holds(fc.property(anyJson, anyJson, (data, legacy) => {
        inWords(cloudInit({ cloudInitData: data, cloudInitNoCloudSource: legacy }));
        inWords(cloudInit({ cloudInitData: "", cloudInitNoCloudSource: legacy }));
      })),
  );
  await report.check(
    "requests: of any cloud-init data nothing but the user data is changed",
    () =>
      holds(fc.property(anyCloudInitData, (text) => {
        onlyUserDataChanges(text);
      })),
  );
  await report.check(
    "requests: any bytes are decoded, or refused with an error",
    () =>
      holds(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        for (const codec of [onDefineDomainParams, preCloudInitIsoParams]) {
          try {
            codec.decode(bytes);
          } catch (error) {
            ensure(error instanceof Error, "Something else than an error was thrown.");
          }
        }
      })),
  );
}

/** In both forms only the value of the user data changes, or a member with it is added. */
export function onlyUserDataChanges(text: string): void {
  for (const form of ["cloudInitData", "cloudInitNoCloudSource"] as const) {
    const answer = cloudInit({ cloudInitData: "", [form]: text });
    if ("refused" in answer) continue;
    const result = new TextDecoder().decode(answer.result[form]);
    // User data that no reader acts on does not change. The older form's base64 becomes empty.
    if (result === text || /userdatabase64/iu.test(text)) continue;
    ensure(
      isReplaced(text, result) && isJson(result.trim()),
      () => `${form} changed more than its user data:\n${text}\n${result}`,
    );
  }
}

/** Whether one text is another with our user data as one value, or as an added member. */
export function isReplaced(before: string, after: string): boolean {
  const written = /"MIME-Version: 1\.0\\nContent-Type: multipart\/mixed; boundary=\\"=eks-irsa/;
  const start = written.exec(after)?.index ?? -1;
  const [ours = ""] = /^"(?:[^"\\]|\\.)*"/.exec(after.slice(start)) ?? [];
  const front = after.slice(0, start);
  const back = after.slice(start + ours.length);
  if (before === front.replace(/"UserData":$/i, "") + back.replace(/^,/, "")) return true;
  const length = before.length - front.length - back.length;
  return length > 0 && before.startsWith(front) && before.endsWith(back) &&
    isJson(before.slice(front.length, front.length + length));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return text === text.trim();
  } catch {
    return false;
  }
}

function inWords(answer: { readonly result: unknown } | { readonly refused: string }): void {
  if (!("refused" in answer)) return;
  ensure(
    answer.refused.length > 20 && answer.refused.length < 1000,
    () => `That is no sentence for the VMI's status: ${answer.refused.slice(0, 300)}`,
  );
}

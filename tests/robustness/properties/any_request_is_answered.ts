import fc from "fast-check";
import { onDefineDomainParams, preCloudInitIsoParams } from "../../../src/hooks/messages.ts";
import type { Report } from "../item.ts";
import { ensure } from "../item.ts";
import { holds } from "../random.ts";
import { almostVmi, anyJson } from "./any_json.ts";
import { cloudInit, cloudInitData, defineDomain } from "./hook_call.ts";

const DOMAIN = new TextEncoder().encode("<domain><devices/></domain>");
const encoder = new TextEncoder();

/** Whatever a request holds, it is answered or refused in words: hook_call.ts lets nothing else pass. */
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

function inWords(answer: { readonly result: unknown } | { readonly refused: string }): void {
  if (!("refused" in answer)) return;
  ensure(
    answer.refused.length > 20 && answer.refused.length < 1000,
    () => `That is no sentence for the VMI's status: ${answer.refused.slice(0, 300)}`,
  );
}

import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import type { GuestOs } from "../../../src/kubevirt/guest_os.ts";
import { ensure, type Report } from "../item.ts";
import { holds } from "../random.ts";
import type { Judge } from "../readers/judge.ts";
import { anyMessage, anyUserData } from "./any_user_data.ts";
import { cloudInit, cloudInitData, contextOf, userDataOf } from "./hook_call.ts";

const encoder = new TextEncoder();
const anyGuest = fc.constantFrom<GuestOs>("linux", "windows");

/** The properties of the message, for any user data. */
export async function theUserData(report: Report, judge: Judge): Promise<void> {
  await report.check(
    "user data: Python's reader finds the original between our parts",
    () =>
      holds(fc.asyncProperty(anyUserData, anyGuest, (bytes, os) => comesBack(bytes, os, judge))),
  );
  await report.check(
    "user data: Python's reader finds their message unchanged between our parts",
    () =>
      holds(fc.asyncProperty(
        anyMessage.map((message) => encoder.encode(message.toWellFormed())),
        anyGuest,
        (bytes, os) => comesBack(bytes, os, judge),
      )),
  );
  await report.check(
    "user data: the result is stable",
    () => holds(fc.property(anyUserData, anyGuest, resultIsStable)),
  );
}

/** An independent reader finds the original in our message; or the user data is not changed. */
export async function comesBack(original: Uint8Array, os: GuestOs, judge: Judge): Promise<void> {
  // Go's JSON replaces bytes that are not UTF-8. The VMI still has them.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(original);
  const field = cloudInitData(text);
  const answer = cloudInit(
    { cloudInitData: field, vmi: vmiWith(original) },
    contextOf(undefined, os),
  );
  if ("refused" in answer) {
    ensure(text.includes("\uFFFD"), () => `Readable user data was refused: ${answer.refused}`);
    return;
  }
  const result = new TextDecoder().decode(answer.result.cloudInitData);
  if (result === field) {
    ensure(
      answer.notes.some(({ level }) => level === "warning"),
      "The user data was left alone without a warning.",
    );
    return;
  }
  const userData = userDataOf(answer.result);
  const reading = await judge.mime(userData);
  ensure(reading.type === "multipart/mixed", `The message is ${reading.type}.`);
  ensure(reading.defects.length === 0, `The message has defects: ${reading.defects.join(", ")}.`);
  const expected = os === "linux" ? "text/cloud-boothook" : "text/x-shellscript";
  ensure(reading.childTypes[0] === expected, `Our part is ${reading.childTypes[0]}.`);
  const content = original[0] === 0x1f && original[1] === 0x8b
    ? new Uint8Array(gunzipSync(original))
    : original;
  ensure(
    reading.children.length === (content.length === 0 ? 1 : 2) + (os === "linux" ? 1 : 0),
    () => `The message has ${reading.children.length} parts:\n${userData.slice(-400)}`,
  );
  if (content.length === 0) return;
  const theirs = reading.children[1] ?? [];
  const carriedAsPart = theirs.length === 1 &&
    theirs[0]?.content === Buffer.from(content).toString("base64");
  if (carriedAsPart && ["part-001", "userdata"].includes(theirs[0]?.filename ?? "")) return;
  // A message is embedded unchanged, and is read as it would be without ours.
  const message = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  const alone = await judge.mime(message);
  ensure(userData.includes(`\n${message}`), "Their message is not in ours as it was.");
  // If a header ends in a line like a mailbox's, Python reads that line as the body; see SECURITY.md.
  if (/[\r\n]From [^\r\n]*[\r\n]*$/.test(message)) return;
  ensure(
    JSON.stringify(alone.leaves) === JSON.stringify(theirs),
    () =>
      `Nested, their message reads otherwise:\n${JSON.stringify(alone)}\n${JSON.stringify(theirs)}`,
  );
}

/** A second call with the same input has the same result. */
export function resultIsStable(original: Uint8Array, os: GuestOs): void {
  const call = {
    cloudInitData: cloudInitData(new TextDecoder("utf-8", { ignoreBOM: true }).decode(original)),
    vmi: vmiWith(original),
  };
  const [one, other] = [1, 2].map(() => {
    const answer = cloudInit(call, contextOf(undefined, os));
    return "refused" in answer
      ? answer.refused
      : Buffer.from(answer.result.cloudInitData).toString("latin1") + JSON.stringify(answer.notes);
  });
  ensure(one === other, "The second call got something else.");
}

/** A VMI that has the original user data. */
export function vmiWith(userData: Uint8Array): string {
  return JSON.stringify({
    spec: {
      volumes: [{
        name: "cloudinitdisk",
        cloudInitNoCloud: { userDataBase64: Buffer.from(userData).toString("base64") },
      }],
    },
  });
}

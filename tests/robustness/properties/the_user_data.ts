import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { preCloudInitIsoResult } from "../../../src/hooks/messages.ts";
import type { GuestOs } from "../../../src/kubevirt/guest_os.ts";
import { ensure, type Report } from "../item.ts";
import { holds } from "../random.ts";
import type { Judge, MimeLeaf } from "../readers/judge.ts";
import { anyMessage, anyUserData } from "./any_user_data.ts";
import { cloudInit, cloudInitData, contextOf, userDataOf } from "./hook_call.ts";

const LARGEST_RESPONSE = 4 * 1024 * 1024;
const encoder = new TextEncoder();
const anyGuest = fc.constantFrom<GuestOs>("linux", "windows");

/** What must hold for any user data whatsoever. */
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
  await report.check(
    "user data: up to 1 MiB makes no response of more than 4 MiB",
    () =>
      holds(fc.property(
        fc.nat({ max: 20 }).chain((exponent) =>
          fc.integer({ min: Math.ceil(2 ** exponent / 2), max: 2 ** exponent })
        ),
        fc.constantFrom("#cloud-config\n", "#!/bin/sh\n", MESSAGE),
        fc.constantFrom("a", "key: value\n", '"', "é", "😀", "\\", "\0", "x".repeat(76) + "\n"),
        fitsTheResponse,
      )),
  );
}

const MESSAGE = "MIME-Version: 1.0\nContent-Type: text/cloud-config\n\n";

/** A message's text goes into JSON as it is, where these take more bytes than one. */
const EXPENSIVE_IN_JSON = new Set(['"', "\\", "\0"]);

/** Our message, read by somebody else, holds what the VM's owner wrote; or nothing was changed. */
export async function comesBack(original: Uint8Array, os: GuestOs, judge: Judge): Promise<void> {
  // What Go's JSON makes of bytes that are not UTF-8, beside the VMI that still has them.
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
  ensure(
    reading.children.length === (original.length === 0 ? 1 : 2) + (os === "linux" ? 1 : 0),
    () => `The message has ${reading.children.length} parts:\n${userData.slice(-400)}`,
  );
  if (original.length === 0) return;
  const content = original[0] === 0x1f && original[1] === 0x8b
    ? new Uint8Array(gunzipSync(original))
    : original;
  const theirs = reading.children[1] ?? [];
  const carriedAsPart = theirs.length === 1 &&
    theirs[0]?.content === Buffer.from(content).toString("base64");
  if (carriedAsPart && ["part-001", "userdata"].includes(theirs[0]?.filename ?? "")) return;
  // Their own message, nested: as it is, and read as it would be alone.
  const message = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  const alone = await judge.mime(message);
  ensure(userData.includes(`\n${message}`), "Their message is not in ours as it was.");
  // Of a message that does not end, Python drops the last line break as well; nested it is still there.
  const ends = !alone.defects.includes("CloseBoundaryNotFoundDefect");
  ensure(
    JSON.stringify(comparable(alone.leaves, ends)) === JSON.stringify(comparable(theirs, ends)),
    () =>
      `Nested, their message reads otherwise:\n${JSON.stringify(alone)}\n${JSON.stringify(theirs)}`,
  );
}

/** Leaves as they are compared: those of a message without an end without the line break at theirs. */
function comparable(leaves: readonly MimeLeaf[], ends: boolean): readonly MimeLeaf[] {
  return ends ? leaves : leaves.map((leaf) => ({
    ...leaf,
    content: Buffer.from(leaf.content, "base64").toString("latin1").replace(/[\r\n]+$/, ""),
  }));
}

/** KubeVirt may call twice: it gets the same twice. */
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

/** What goes back fits into what virt-launcher takes. */
export function fitsTheResponse(size: number, start: string, filling: string): void {
  const unit = encoder.encode(filling).length;
  const count = Math.max(0, Math.floor((size - start.length) / unit));
  const answer = cloudInit({ cloudInitData: cloudInitData(start + filling.repeat(count)) });
  ensure("result" in answer, "User data of up to 1 MiB was refused.");
  const { length } = preCloudInitIsoResult.encode(answer.result);
  // The service refuses such a message in words (tests/robustness/found_cases.ts); see SECURITY.md.
  if (start === MESSAGE && EXPENSIVE_IN_JSON.has(filling)) return;
  ensure(length <= LARGEST_RESPONSE, `${size} bytes of user data make ${length} bytes.`);
}

function vmiWith(userData: Uint8Array): string {
  return JSON.stringify({
    spec: {
      volumes: [{
        name: "cloudinitdisk",
        cloudInitNoCloud: { userDataBase64: Buffer.from(userData).toString("base64") },
      }],
    },
  });
}

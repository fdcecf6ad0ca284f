import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import type { GuestOs } from "../../../src/kubevirt/guest_os.ts";
import { MAX_RESPONSE_BYTES } from "../../../src/kubevirt/max_response.ts";
import { preCloudInitIsoResult } from "../../../src/sidecar/grpc/messages.ts";
import { ensure, type Report } from "../item.ts";
import { holds } from "../random.ts";
import { cloudInit, cloudInitData, contextOf } from "./hook_call.ts";
import { vmiWith } from "./the_user_data.ts";

const MEBIBYTE = 1024 * 1024;
const encoder = new TextEncoder();

/** User data that both readers act on. The first becomes a part, the second is embedded as a message. */
export const CLOUD_CONFIG = "#cloud-config\n";
export const MESSAGE = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\n\n';

/** Digits, which gzip compresses to a little less than half. */
export const DIGITS = Array.from(
  { length: 200_000 },
  (_, index) => String(Math.imul(index + 1, 2654435761) >>> 0).slice(-7),
).join("");

/** The property of the response, for user data of any size. */
export async function theResponseSize(report: Report): Promise<void> {
  await report.check(
    "user data: up to 1 MiB makes no response of more than 4 MiB, unless it cannot be written in less",
    () =>
      holds(fc.property(
        anySize,
        fc.constantFrom<GuestOs>("linux", "windows"),
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom(CLOUD_CONFIG, MESSAGE),
        anyFilling,
        (size, os, packing, opening, filling) => {
          const userData = packing > 1
            ? textOf(size, opening, filling)
            : gzipOf(textOf(4 * size, opening, filling));
          if (userData.length <= MEBIBYTE) fitsTheResponse(userData, os);
        },
      )),
  );
}

const anySize = fc.nat({ max: 20 }).chain((exponent) =>
  fc.integer({ min: Math.ceil(2 ** exponent / 2), max: 2 ** exponent })
);

const anyFilling = fc.oneof(
  fc.constantFrom("a", "key: value\n", '"', "é", "😀", "\\", "\n", "\0", "x".repeat(76) + "\n"),
  fc.array(fc.constantFrom("a", '"', "\n", "\\", "\0", "\x1b", "é"), {
    minLength: 1,
    maxLength: 20,
  }).map((units) => units.join("")),
  fc.constant(DIGITS),
);

export function gzipOf(text: string): Uint8Array {
  return new Uint8Array(gzipSync(encoder.encode(text), { level: 1 }));
}

/** Text of a size in bytes, or a few less if the last character does not fit. */
export function textOf(size: number, opening: string, filling: string): string {
  const count = Math.ceil(size / Buffer.byteLength(filling));
  const bytes = Buffer.from(opening + filling.repeat(count));
  return bytes.subarray(0, Math.max(size, opening.length)).toString().replace(/\uFFFD+$/, "");
}

/**
 * The response fits into what virt-launcher accepts: with both forms if possible, and otherwise with the newer one,
 * which is all that virt-launcher then reads. The service refuses more than that (wire/hostile_messages.ts).
 *
 * @returns The response's length.
 */
export function fitsTheResponse(userData: string | Uint8Array, os: GuestOs): number {
  const bytes = typeof userData === "string" ? encoder.encode(userData) : userData;
  const text = typeof userData === "string" ? userData : new TextDecoder().decode(bytes);
  const answer = cloudInit(
    {
      cloudInitData: cloudInitData(text),
      cloudInitNoCloudSource: JSON.stringify({ userData: text }),
      vmi: vmiWith(bytes),
    },
    contextOf(undefined, os),
  );
  ensure("result" in answer, () => `It was refused: ${JSON.stringify(answer)}`);
  const { cloudInitData: data, cloudInitNoCloudSource: legacy } = answer.result;
  const written = JSON.parse(new TextDecoder().decode(data)).UserData;
  const older = JSON.parse(new TextDecoder().decode(legacy)).userData;
  ensure(written.startsWith("MIME-Version: 1.0\n"), "The user data has no part of ours.");
  const { length } = preCloudInitIsoResult.encode(answer.result);
  const once = data.length + 64;
  if (older !== written) {
    ensure(older === "", "The older form has user data of its own.");
    ensure(2 * once > MAX_RESPONSE_BYTES, `The older form has none, at ${length} bytes.`);
  }
  if (length <= MAX_RESPONSE_BYTES) return length;
  ensure(once > MAX_RESPONSE_BYTES, `${bytes.length} bytes of user data make ${length} bytes.`);
  const content = bytes[0] === 0x1f ? gunzipSync(bytes) : Buffer.from(bytes);
  // A message is embedded unchanged, and all else in lines of base64. JSON needs two characters for a line break.
  const least = content.includes(MESSAGE)
    ? encoder.encode(JSON.stringify(content.toString())).length
    : content.length * 78 / 57;
  ensure(once < least + 64 * 1024, `${length} bytes are more than ${least} have to be.`);
  ensure(
    content.length > MEBIBYTE || isMostlyControl(content.toString()),
    `${content.length} bytes of user data make ${length} bytes.`,
  );
  return length;
}

/** Whether about half of a text or more is characters for which JSON needs six. */
function isMostlyControl(text: string): boolean {
  // deno-lint-ignore no-control-regex -- control characters are what is counted
  const others = text.replace(/[\0-\x07\x0b\x0e-\x1f]/g, "");
  return text.length - others.length > text.length * 0.48;
}

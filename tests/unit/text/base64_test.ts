import assert from "node:assert/strict";
import { decodeBase64, encodeBase64Lines } from "../../../src/text/base64.ts";

for (const length of [0, 1, 57, 58, 57 * 64, 57 * 64 + 1, 57 * 200 + 3]) {
  Deno.test(`${length} bytes are base64 in lines of at most 76 characters`, () => {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
    const text = encodeBase64Lines(bytes).join("");
    const lines = text.split("\n");
    assert(lines.slice(0, -1).every((line) => line.length === 76));
    assert((lines.at(-1) ?? "").length <= 76);
    assert.deepEqual(decodeBase64(text), bytes);
  });
}

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

const HELLO = new TextEncoder().encode("hello");

for (
  const [form, text] of [
    ["on one line", "aGVsbG8="],
    ["with line breaks", "aGVs\r\nbG8=\n"],
    ["with a line break in its padding", "aGVsbG8\n="],
    ["whose last character has bits that encode nothing", "aGVsbG9="],
  ] as const
) {
  Deno.test(`base64 ${form} is decoded`, () => {
    assert.deepEqual(decodeBase64(text), HELLO);
  });
}

for (
  const [form, text] of [
    ["with a space in it", "aGVs bG8="],
    ["with a tab in it", "aGVs\tbG8="],
    ["without its padding", "aGVsbG8"],
    ["with half of its padding", "aGVsbA="],
    ["with something behind its padding", "aGVsbG8=aGVs"],
    ["in the alphabet of URLs", "_-8="],
  ] as const
) {
  Deno.test(`text is not base64 ${form}`, () => {
    assert.equal(decodeBase64(text), undefined);
  });
}

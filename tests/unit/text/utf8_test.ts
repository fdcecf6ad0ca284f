import assert from "node:assert/strict";
import { decodeUtf8 } from "../../../src/text/utf8.ts";

const NOT_UTF8: readonly (readonly [string, readonly number[]])[] = [
  ["a byte that no character starts with", [0x61, 0xff, 0x62]],
  ["a character that is cut off", [0xe2, 0x82]],
  ["an overlong form", [0xc0, 0xaf]],
  ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
];

for (const [name, bytes] of NOT_UTF8) {
  Deno.test(`${name} is not UTF-8`, () => {
    assert.equal(decodeUtf8(Uint8Array.from(bytes)), undefined);
  });
}

Deno.test("a byte order mark stays in the text", () => {
  assert.equal(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\uFEFFa");
});

Deno.test("bytes that are not UTF-8 leave nothing behind for the next call", () => {
  assert.equal(decodeUtf8(Uint8Array.of(0xe2, 0x82)), undefined);
  assert.equal(decodeUtf8(new TextEncoder().encode("é😀")), "é😀");
});

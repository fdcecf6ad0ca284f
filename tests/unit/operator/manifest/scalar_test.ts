import assert from "node:assert/strict";
import { placeInSource } from "../../../../src/operator/manifest/scalar.ts";

/** The style of a scalar, its text in the file, and the value, whose letters x are looked for. */
const SCALARS: readonly (readonly [string, string, string])[] = [
  ["PLAIN", "x", "x"],
  ["PLAIN", "ab x", "ab x"],
  ["PLAIN", "ab\n  cd\n  x", "ab cd x"],
  ["QUOTE_SINGLE", "'x'", "x"],
  ["QUOTE_SINGLE", "'it''s x'", "it's x"],
  ["QUOTE_SINGLE", "'a\n\n  x'", "a\nx"],
  ["QUOTE_DOUBLE", '"x"', "x"],
  ["QUOTE_DOUBLE", '"\\"\\\\x"', '"\\x'],
  ["QUOTE_DOUBLE", '"\\x41\\u0042\\U00000043x"', "ABCx"],
  [
    "QUOTE_DOUBLE",
    '"\\ \\t\\n\\r\\v\\f\\N\\_\\L\\P a x"',
    " \t\n\r\v\f\u0085\u00a0\u2028\u2029 a x",
  ],
  ["QUOTE_DOUBLE", '"a\\\n  b x"', "ab x"],
  ["BLOCK_LITERAL", "|\n  x\n", "x\n"],
  ["BLOCK_LITERAL", "|2-\n    ab\n\n    cd x\n", "  ab\n\n  cd x"],
  ["BLOCK_FOLDED", ">\n  ab\n  cd\n  x\n", "ab cd x\n"],
];

for (const [style, source, value] of SCALARS) {
  Deno.test(`a character is found in the source of ${style} ${JSON.stringify(source)}`, () => {
    const place = placeInSource({ style, source, value }, value.indexOf("x"));
    assert.equal(source.slice(place).replace(/["'\n]/g, ""), "x");
  });
}

Deno.test("what is behind the end of a value is at its last character", () => {
  assert.equal(placeInSource({ style: "PLAIN", source: "ab", value: "ab" }, 5), 1);
});

Deno.test("a white space of the value is at the character behind it", () => {
  assert.equal(placeInSource({ style: "PLAIN", source: "a  b", value: "a b" }, 1), 3);
});

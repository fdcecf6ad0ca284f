import assert from "node:assert/strict";
import { InvalidInput } from "../../../src/text/invalid_input.ts";
import { asObject, objectsMember, parseJsonObject } from "../../../src/text/json.ts";

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), /^The field a is not UTF-8/],
  [
    "a mistake, whose place is named",
    new TextEncoder().encode('{"secret": 1, b}'),
    /^The field a is not JSON \(at character 14\):/,
  ],
  ["an end too early", new TextEncoder().encode('{"secret": '), /^The field a is not JSON:/],
  ["a text", new TextEncoder().encode('"secret"'), /^The field a is JSON but not an object/],
];

for (const [what, bytes, message] of REFUSED) {
  Deno.test(`a field with one JSON object is refused: ${what}`, () => {
    assert.throws(() => parseJsonObject(bytes, "The field a", "VMI"), (error) => {
      assert(error instanceof InvalidInput);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      assert.equal(error.source, "VMI");
      return true;
    });
  });
}

Deno.test("only objects are objects", () => {
  for (const value of [undefined, null, "text", 1, true, []]) {
    assert.equal(asObject(value), undefined);
  }
  assert.deepEqual(asObject({ a: 1 }), { a: 1 });
});

Deno.test("of a list, only the objects count", () => {
  assert.deepEqual(objectsMember({ a: [1, { b: 1 }, null, [], {}] }, "a"), [{ b: 1 }, {}]);
  assert.deepEqual(objectsMember({ a: { b: 1 } }, "a"), []);
});

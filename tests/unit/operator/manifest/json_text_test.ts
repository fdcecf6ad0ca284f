import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonPlace, jsonValues } from "../../../../src/operator/manifest/json_text.ts";

Deno.test("what JavaScript reads as JSON is found, whatever white space is in it", () => {
  fc.assert(fc.property(
    fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 4 }),
    fc.constantFrom(undefined, 1, "\t", "\n"),
    (values, indentation) => {
      const texts = values.map((value) => JSON.stringify(value, null, indentation));
      const text = texts.join("\n");
      const found = jsonValues(text);
      assert.ok(!("problem" in found), text);
      assert.deepEqual(found.map(({ start, end }) => text.slice(start, end)), texts);
    },
  ));
});

Deno.test("a damaged text is JSON for both or for neither", () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom("", ",", "'", '"', "}", "]", "\\", "\n", "1", "-", ".", "e", "\u0001"),
      fc.nat(1),
      (value, where, damage, removed) => {
        const whole = JSON.stringify(value);
        const at = where % (whole.length + 1);
        const text = whole.slice(0, at) + damage + whole.slice(at + removed);
        const found = jsonValues(text);
        const single = "problem" in found || found.length !== 1 ? false : true;
        assert.equal(single, isJson(text), text);
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("the place of a part is that of its key, or of the deepest part that is there", () => {
  const text = ' {"a": [1, {"b": null}], "c": "}"}';
  const at = (...path: (string | number)[]) => text.slice(jsonPlace(text, path)).slice(0, 3);
  assert.equal(at(), '{"a');
  assert.equal(at("a"), '"a"');
  assert.equal(at("a", 0), "1, ");
  assert.equal(at("a", 1, "b"), '"b"');
  assert.equal(at("a", 1, "missing", 3), '{"b');
  assert.equal(at("c"), '"c"');
  assert.equal(at("0"), '{"a');
});

Deno.test("a text that is nested without end is no crash", () => {
  const found = jsonValues("[".repeat(100_000));
  assert.ok("problem" in found);
  assert.match(found.problem, /nested too deeply/);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

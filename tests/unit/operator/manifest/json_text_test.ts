import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonPlaces, jsonValues } from "../../../../src/operator/manifest/json_text.ts";

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
        if ("problem" in found) return;
        for (const { start, end } of found) assert.ok(isJson(text.slice(start, end)), text);
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("the place of a part is that of its key, or of the deepest part that is there", () => {
  const text = ' {"a": [1, {"b": null}], "c": "}"}';
  const at = (...path: (string | number)[]) => text.slice(jsonPlaces(text)(path)).slice(0, 3);
  assert.equal(at(), '{"a');
  assert.equal(at("a"), '"a"');
  assert.equal(at("a", 0), "1, ");
  assert.equal(at("a", 1, "b"), '"b"');
  assert.equal(at("a", 1, "missing", 3), '{"b');
  assert.equal(at("c"), '"c"');
  assert.equal(at("0"), '{"a');
});

/** A text, the offset of its mistake, and what is wrong there. */
const MISTAKES: readonly (readonly [string, number, string])[] = [
  ['{"a": 1,\n}', 7, "a comma stands before the closing bracket"],
  ["[1 , ]", 3, "a comma stands before the closing bracket"],
  ["[,]", 1, "a value is expected"],
  ['{"a": }', 6, "a value is expected"],
  ["{1: 2}", 1, "a key in double quotes is expected"],
  ['{"a" 1}', 5, "a colon is expected"],
  ["[1 2]", 3, "a comma or a closing bracket is expected"],
  ["[1", 2, "it ends where a comma or ] is expected"],
  ['{"a": 1', 7, "it ends where a comma or } is expected"],
  ['{"a":', 5, "it ends where a value is expected"],
  ["{'a': 1}", 1, "it has single quotes where JSON has double quotes"],
  ["[True]", 1, "it has a word that is neither in double quotes nor true, false or null"],
  ["[] # list", 3, "it has a comment, which JSON does not know"],
  ["[1, /* two */ 2]", 4, "it has a comment, which JSON does not know"],
  ["[1.]", 1, "the number is not complete"],
  ['["a\nb"]', 1, "the string is not closed on its line"],
  ['["a', 1, "the string is not closed on its line"],
  ['["\\x"]', 1, "the string has a backslash that means nothing"],
  ['["\\u12"]', 1, "the string has a backslash that means nothing"],
  ['["\u0001"]', 1, "the string has a control character"],
  ['{}\n{"a" 1}', 8, "a colon is expected"],
];

for (const [text, at, problem] of MISTAKES) {
  Deno.test(`the mistake in ${JSON.stringify(text)} is named with its place`, () => {
    assert.deepEqual(jsonValues(text), { at, problem });
  });
}

Deno.test("a text that is nested without end is no crash", () => {
  const found = jsonValues("[".repeat(100_000));
  assert.ok("problem" in found);
  assert.match(found.problem, /nested too deeply/);
});

Deno.test("a text may be nested 200 times", () => {
  const nested = (times: number) => jsonValues(`${"[".repeat(times)}${"]".repeat(times)}`);
  assert.deepEqual(nested(201), [{ start: 0, end: 402 }]);
  assert.deepEqual(nested(202), { at: 201, problem: "it is nested too deeply" });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

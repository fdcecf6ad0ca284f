import assert from "node:assert/strict";
import { ManifestError } from "../../../../src/operator/manifest/manifest.ts";
import { parseManifests } from "../../../../src/operator/manifest/parse.ts";

const objectsOf = (text: string) => parseManifests(text, "a.yaml").map(({ object }) => object);

/** Scalars, and what kubectl makes of them. tests/conformance compares many more with kubectl's own reader. */
const SCALARS: readonly (readonly [string, unknown])[] = [
  ["no", false],
  ["off", false],
  ["n", false],
  ["yes", true],
  ["On", true],
  ["nO", "nO"],
  ['"no"', "no"],
  ["~", null],
  ["1_000", 1000],
  ["0b101", 5],
  ["0777", 511],
  ["0o777", 511],
  ["0x1F", 31],
  ["12e3", 12000],
  [".5", 0.5],
  ["1:30", "1:30"],
  ["2001-01-01", "2001-01-01"],
  ["1.2.3", "1.2.3"],
  ["!!str 12", "12"],
  ["!!binary bm8=", "no"],
];

for (const [scalar, value] of SCALARS) {
  Deno.test(`${scalar} is read as kubectl reads it`, () => {
    assert.deepEqual(objectsOf(`a: ${scalar}\nb:\n  - ${scalar}\n`), [{ a: value, b: [value] }]);
  });
}

Deno.test("keys become text as kubectl writes them", () => {
  const text = "no: 1\n0o17: 2\n1.10: 3\n1e6: 4\n9223372036854775807: 5\n";
  assert.deepEqual(objectsOf(text), [
    { false: 1, 15: 2, 1.1: 3, "1e+06": 4, "9223372036854775807": 5 },
  ]);
});

Deno.test("a merge key replaces what stands before it, and not what stands behind it", () => {
  const anchors = "x: &x {k: 1}\n";
  const [before, behind] = objectsOf(
    `${anchors}b: {k: 2, <<: *x}\n---\n${anchors}b: {<<: *x, k: 2}\n`,
  );
  assert.deepEqual([before?.b, behind?.b], [{ k: 1 }, { k: 2 }]);
});

Deno.test("of a key that is there twice the last counts, and its line is known", () => {
  const [manifest] = parseManifests("a: 1\nmetadata:\n  no: 1\n  false: 2\n", "a.yaml");
  assert.deepEqual(manifest?.object, { a: 1, metadata: { false: 2 } });
  assert.deepEqual(manifest?.repeatedKeys, [["metadata", "false"]]);
  assert.equal(manifest?.lineOf(["metadata", "false"]), 4);
});

Deno.test("a repeated key in a list of objects is that of its object", () => {
  const text = "items:\n- {kind: A}\n- kind: B\n  metadata: {name: x, name: y}\n";
  const manifests = parseManifests(text, "a.yaml");
  assert.deepEqual(manifests.map(({ repeatedKeys }) => repeatedKeys), [[], [["metadata", "name"]]]);
});

Deno.test("the line of a value behind an alias, and in a later document, is that in the file", () => {
  const text = "a: 1\n---\nx: &x\n  text: |\n    one\n    two\nb: *x\nc:\n  <<: *x\n";
  const manifest = parseManifests(text, "a.yaml")[1];
  assert.deepEqual(manifest?.object.c, { text: "one\ntwo\n" });
  for (const place of ["b", "c"]) assert.equal(manifest?.lineOf([place, "text"], 4), 6);
  assert.equal(manifest?.lineOf(["b", "nothing"]), 7);
});

for (
  const [text, reason] of [
    ["a: !!int x\n", /line 1, column 10: a value does not fit its tag/],
    ["~: 1\n", /line 1, column 1: a key is no text/],
    ["a: &x [*x]\n", /column 8: an anchor is in itself/],
    ["a:\n  <<: 1\n", /line 2, column 7: a merge key \(<<\) needs a map/],
    ["%YAML 1.1\n---\na: 1\n", /line 1, column 1: kubectl takes no directive/],
    ["a: 1\nb: \u0007\n", /line 2, column 4: it has a control character/],
    [
      `a: &a [${"1,".repeat(99)}]\nb: &b [${"*a,".repeat(99)}]\nc: [${"*b,".repeat(99)}]\n`,
      /it has too many aliases: write the values in full/,
    ],
  ] as const
) {
  Deno.test(`kubectl refuses a file, and so do we: ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.throws(
      () => parseManifests(text, "a.yaml"),
      (error: unknown) => error instanceof ManifestError && reason.test(error.message),
    );
  });
}

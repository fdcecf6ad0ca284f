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
  ["x1", "x1"],
  ["1x", "1x"],
  ["", null],
  ["''", ""],
  ["Null", null],
  ["NULL", null],
  ["0", 0],
  ["+12", 12],
  ["-12", -12],
  ["00", 0],
  ["08", 8],
  ["0_7", 7],
  ["1_", 1],
  ["_1", "_1"],
  ["0b2", "0b2"],
  ["0B11", 3],
  ["0b-101", -5],
  ["0b+101", 5],
  ["0b-2", "0b-2"],
  ["0O17", 15],
  ["0X1f", 31],
  ["-0x1F", -31],
  ["18446744073709551616", 18446744073709551616],
  ["+.5", 0.5],
  ["-0.5", -0.5],
  ["1.", 1],
  ["1.5e+3", 1500],
  ["1E-2", 0.01],
  ["1e", "1e"],
  [".e3", ".e3"],
  [".", "."],
  ["x.5", "x.5"],
  [".5x", ".5x"],
  [".5_5", 0.55],
  ["._5", "._5"],
  [".5_", ".5_"],
  ["1e400", "1e400"],
  ["0x10000000000000000", "0x10000000000000000"],
  ["!!str 12", "12"],
  ["!own 12", "12"],
  ["!!own 12", "12"],
  ["!!null ~", null],
  ["!!bool yes", true],
  ["!!bool 'off'", false],
  ["!!int 0x10", 16],
  ["!!int '7'", 7],
  ["!!float 1", 1],
  ["!!float 1.5", 1.5],
  ["!!float 9223372036854775807", 9223372036854775807],
  ["!!timestamp 2001-01-01", "2001-01-01"],
  ["!!binary bm8=", "no"],
  ["!!binary YQ==", "a"],
  ['!!binary "bm\\n\\r8="', "no"],
  ["!!binary 77u/YQ==", "\uFEFFa"],
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

/** Keys, and the text that kubectl makes of them. */
const KEYS: readonly (readonly [string, string])[] = [
  [".nan", ".nan"],
  [".NaN", ".nan"],
  [".NAN", ".nan"],
  [".inf", ".inf"],
  [".Inf", ".inf"],
  [".INF", ".inf"],
  ["+.inf", ".inf"],
  ["+.Inf", ".inf"],
  ["+.INF", ".inf"],
  ["-.inf", "-.inf"],
  ["-.Inf", "-.inf"],
  ["-.INF", "-.inf"],
  ["0.0", "0"],
  ["0.1", "0.1"],
  ["100000.0", "100000"],
  ["1e6", "1e+06"],
  ["1e10", "1e+10"],
  ["123456.7", "123456.7"],
  ["16777217.0", "1.6777216e+07"],
  ["0.0001", "0.0001"],
  ["0.00001", "1e-05"],
  ["1.5e-12", "1.5e-12"],
  ["1e100", ".inf"],
  ["-1e100", "-.inf"],
  ["+9223372036854775807", "9223372036854775807"],
  ["+9223372036854775808", "9.223372e+18"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["-9223372036854775809", "-9.223372e+18"],
  ["18446744073709551616", "1.8446744e+19"],
  ["''", ""],
  ["'12'", "12"],
];

for (const [key, text] of KEYS) {
  Deno.test(`the key ${key} becomes the text of kubectl`, () => {
    assert.deepEqual(objectsOf(`${key}: 1\n`), [{ [text]: 1 }]);
  });
}

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

Deno.test("a repeated key in another list than that of the objects is none of theirs", () => {
  const [first] = parseManifests("items:\n- {kind: A}\nother:\n- {x: 1, x: 2}\n", "a.yaml");
  assert.deepEqual(first?.repeatedKeys, []);
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
    ["a: !!int 1.5\n", /does not fit its tag/],
    ["a: !!null x\n", /does not fit its tag/],
    ["a: !!bool 1\n", /does not fit its tag/],
    ["a: !!float x\n", /does not fit its tag/],
    ["a: !!float true\n", /does not fit its tag/],
    ["a: !!float 9223372036854775808\n", /does not fit its tag/],
    ["a: !!timestamp x2001-01-01\n", /does not fit its tag/],
    ["a: !!timestamp 201-01-01\n", /does not fit its tag/],
    ["a: !!binary '%m8='\n", /does not fit its tag/],
    ["a: !!binary bm8%\n", /does not fit its tag/],
    ["a: !!binary b===\n", /does not fit its tag/],
    ["a: !!binary bm8\n", /does not fit its tag/],
    ["a: !!binary 'bm 8='\n", /does not fit its tag/],
    ["a:\n- .inf\n", /line 2, column 3: JSON has no number for \.inf and \.nan/],
    ["a: .NaN\n", /line 1, column 4: JSON has no number/],
    ["~: 1\n", /line 1, column 1: a key is no text/],
    ["a: {9223372036854775808: 1}\n", /line 1, column 5: a key is no text/],
    ["a: 1\n? [b]\n: 1\n", /line 2, column 3: a key is no text/],
    ["a: *x\n", /line 1, column 4: .*alias/i],
    ["a: *x\nb: &x 1\n", /line 1, column 4: an alias has no anchor before it/],
    ["a: &x [*x]\n", /column 8: an anchor is in itself/],
    ["a:\n  <<: 1\n", /line 2, column 7: a merge key \(<<\) needs a map/],
    ["a:\n  <<: [1]\n", /line 2, column 8: a merge key \(<<\) needs a map/],
    ["%YAML 1.1\n---\na: 1\n", /line 1, column 1: kubectl takes no directive/],
    ["a: 1\n---\n# b\n\t\r\n%YAML 1.1\n", /line 5, column 1: kubectl takes no directive \(%\)/],
    ["a: 1\n--- b\n", /line 2, column 1: a document separator \(---\) has something behind it/],
    ["----\n", /line 1, column 1: a document separator/],
    ["a: 1\n---\nb: [\n", /line 4, column 1: .*Fix the YAML there/],
    ["a: {{ .Values.a }}\nb: [\n", /It looks like a template: render it first, .*helm template/],
    ['{"a" 1}', /line 1, column 6: a colon is expected\. Fix the JSON there/],
    ['\n {"a": 1,\n "b" x}', /line 3, column 6: .*Fix the JSON there/],
    ['{ "a" 1}', /Fix the JSON there/],
    ["[ [1], x", /Fix the JSON there/],
    ['a: {"b" 1}\nc: [', /Fix the YAML there/],
    ['["a" b', /Fix the JSON there/],
    ['[{"a": b]', /Fix the JSON there/],
    ["{a: b", /Fix the YAML there/],
    ["a: 1\nb: \ud800\n", /line 2, column 4: it has a control character/],
    ["a: \ufffe\n", /line 1, column 4: it has a control character/],
    ["a: \u0084\n", /line 1, column 4: it has a control character/],
    ["a: 1\nb: \u0007\n", /line 2, column 4: it has a control character/],
    [
      `a: &a [${"1,".repeat(99)}]\nb: &b [${"*a,".repeat(99)}]\nc: [${"*b,".repeat(99)}]\n`,
      /it has too many aliases: write the values in full/,
    ],
  ] as const
) {
  Deno.test(`kubectl refuses a file, and so do we: ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.throws(() => parseManifests(text, "a.yaml"), { name: "ManifestError", message: reason });
  });
}

Deno.test("documents are split at lines of three hyphens, which may have a comment", () => {
  const text = "---\na: 1\n--- # two\nb: x---\nc: d ---\n---\r\n---#\ne: 3\n---";
  assert.deepEqual(objectsOf(text), [{ a: 1 }, { b: "x---", c: "d ---" }, { e: 3 }]);
});

Deno.test("what is no object, and what is behind the end of a document, is passed over", () => {
  assert.deepEqual(objectsOf(""), []);
  assert.deepEqual(objectsOf("# nothing\n"), []);
  assert.deepEqual(objectsOf("just words\n---\n- a\n---\na: 1\n...\n%b: 2\n"), [{ a: 1 }]);
  assert.deepEqual(objectsOf('[{"a": 1}] {"b": 2}'), [{ b: 2 }]);
});

Deno.test("JSON that kubectl reads as YAML is YAML: a comma too much, and comments", () => {
  assert.deepEqual(objectsOf('{"a": 1,} # ours'), [{ a: 1 }]);
  assert.deepEqual(objectsOf("{a: 100%}"), [{ a: "100%" }]);
});

Deno.test("characters beyond ASCII are text", () => {
  const text = "\x85\xa0\ud7ff\ue000\ufffd\u{10000}\u{10ffff}~";
  assert.deepEqual(objectsOf(`a: "${text}"`), [{ a: text }]);
});

Deno.test("the lines of JSON, and of an object in a list in a list, are those in the file", () => {
  const text = '\n{"a": 1}\n{"items": [\n{"b": 1},\n5,\n{"items": [{\n"c": {"d": 1}}]}]}';
  const manifests = parseManifests(text, "a.json");
  assert.deepEqual(manifests.map(({ object }) => object), [{ a: 1 }, { b: 1 }, { c: { d: 1 } }]);
  assert.deepEqual(manifests.map(({ lineOf }) => lineOf([])), [2, 4, 6]);
  assert.equal(manifests[2]?.lineOf(["c", "d"]), 7);
  assert.deepEqual(manifests.map(({ repeatedKeys }) => repeatedKeys), [[], [], []]);
});

Deno.test("a mistake is named without quoting the file", () => {
  assert.throws(
    () => parseManifests("a: 1\nb: [canary\nc: 2\n", "a.yaml"),
    (error: unknown) => error instanceof ManifestError && !/canary|\n/.test(error.message),
  );
});

/** A list in YAML. */
const list = (entry: string, times: number) => `[${Array(times).fill(entry)}]`;

/** A map with nine members. */
const NINE = "{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1}";

/** Large files and files with many aliases, as kubectl takes them. */
const LARGE: readonly (readonly [string, string])[] = [
  ["without aliases", `a: ${list("1", 2000)}\n`],
  ["with an alias", `a: &a ${list("1", 150)}\nb: ${list("2", 1500)}\nc: *a\n`],
  ["most of which is behind aliases", `a: &a ${list("1", 500)}\nb: ${list("*a", 3)}\n`],
  ["of 1000 nodes with nearly all behind aliases", `a: &a {k: 1}\nb: {<<: ${list("*a", 996)}}\n`],
  ["of which 99 of 100 nodes are behind aliases", `a: &a ${NINE}\nb: {<<: ${list("*a", 132)}}\n`],
];

for (const [what, text] of LARGE) {
  Deno.test(`kubectl reads a file ${what}, and so do we`, () => {
    assert.equal(parseManifests(text, "a.yaml").length, 1);
  });
}

Deno.test("kubectl refuses a file of 1001 nodes with nearly all behind aliases", () => {
  assert.throws(
    () => parseManifests(`a: &a {k: 1}\nb: {<<: ${list("*a", 997)}}\n`, "a.yaml"),
    { message: /it has too many aliases/ },
  );
});

Deno.test("kubectl refuses a large file most of which is behind aliases", () => {
  const text = `a: &a ${list("1", 500)}\nb: ${list("2", 24_000)}\nc: ${list("*a", 750)}\n`;
  assert.throws(() => parseManifests(text, "a.yaml"), {
    name: "ManifestError",
    message: /it has too many aliases: write the values in full/,
  });
});

/** Parts of a YAML file, and the line of each. */
const PARTS: readonly (readonly [readonly (string | number)[], number, number?])[] = [
  [[], 1],
  [["a"], 1],
  [["a", 0], 2],
  [["a", 1], 3],
  [["a", 1, "b"], 3],
  [["a", 2], 5],
  [["a", 2, 1], 6],
  [["a", 9], 1],
  [["c"], 7],
  [["c"], 9, 2],
  [["c"], 7, 0],
  [["c", "d"], 7, 2],
  [["e"], 10, 1],
  [["none"], 1],
];

for (const [path, line, character] of PARTS) {
  Deno.test(`the line of ${JSON.stringify(path)}${character === undefined ? "" : `, character ${character}`}`, () => {
    const text = "a:\n- x\n- b: 1\n-\n  - y\n  - z\nc: 'k\n\n  l'\ne: [1,\n 2]\n";
    const [manifest] = parseManifests(text, "a.yaml");
    assert.equal(manifest?.lineOf(path, character), line);
  });
}

Deno.test("a merge key needs a map, also where it has no value", () => {
  assert.throws(() => parseManifests("a: {<<}\n", "a.yaml"), {
    message: /a merge key \(<<\) needs/,
  });
});

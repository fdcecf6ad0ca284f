/** Scalars as they are written in a manifest, plain, tagged or quoted. */
export const SCALARS: readonly string[] = [
  // Booleans and their likes.
  ..."true True TRUE tRUE false False FALSE fALSE yes Yes YES yES no No NO nO on On ON oN off Off OFF oFF"
    .split(" "),
  ..."y Y n N t f ye not noo yes1 ~ null Null NULL nULL nil None ~1".split(" "),
  // Integers.
  ..."0 1 -1 +1 00 01 007 0777 08 09 0888 -07 +07 0o777 0O17 -0o17 0o8 0o 0b101 0B11 -0b11 +0b1 0b-1 0b+1 0b2 0b"
    .split(" "),
  ..."0x1F 0XfF -0x1 +0x1 0x 0xG 1_000 1__0 1_ -1_0 _1 0_7 0x_1 0x1_F 0b1_0 1,000 0x1p4".split(" "),
  ..."9007199254740991 9007199254740993 9223372036854775807 9223372036854775808 -9223372036854775808"
    .split(" "),
  ..."-9223372036854775809 18446744073709551615 18446744073709551616 +18446744073709551615".split(
    " ",
  ),
  ..."0xffffffffffffffff 0x10000000000000000 0777777777777777777777777 123456789012345678901234567890"
    .split(" "),
  // Floats.
  ..."1.0 1. .5 -.5 +.5 5.e1 .5e3 1e3 1E3 1e+3 1e-3 12e3 1e 1e+ e1 .e1 1.5e 1e400 -1e400 1e-400 .1e400"
    .split(" "),
  ..."1.5 1.10 1_0.5 .5_0 1._5 0.1 -0 08.5 1e21 1000000.0 1234567.5 0.00001 123456.7 3.14159265358979 1e1_0"
    .split(" "),
  ..."1.2.3 0.1.0 v1 1.5Gi 100m 64M 1e3e ... .. . .inf .Inf .INF .iNF +.inf -.inf -.Inf .nan .NaN .NAN nan inf"
    .split(" "),
  // What other readers of YAML 1.1 take for a number in base 60, a date, a merge key or a default.
  ..."1:30 190:20:30 -1:30 1:30.5 2001-01-01 2001-1-1 2001-13-01 2001-12-14t21:59:43.10-05:00"
    .split(" "),
  "2001-12-14 21:59:43.10",
  ..."20010101 2001- << = ? + -x --x +x".split(" "),
  // Quoted.
  ..."'' \"\" 'no' \"no\" '1' \"1_000\" 'null' '~' \"\\x41\\u00e9\\n\" 'it''s' \"a b\"".split(" "),
  // Text.
  ..."text x#y a:b http://a:80/b a-b é 中 😀 /var/run arn:aws:iam::111122223333:role/x".split(" "),
  "two words",
  // Tags.
  ...[
    "!!str 12",
    "!!str no",
    "!!str",
    "!!int 12",
    '!!int "12"',
    "!!int 1.5",
    "!!int no",
    "!!int 0o17",
    "!!float 3",
    "!!float .5",
    "!!float x",
    "!!float 18446744073709551615",
    "!!bool yes",
    '!!bool "no"',
    "!!bool 1",
    "!!null ~",
    '!!null ""',
    "!!null x",
    "!!timestamp 2001-01-01",
    "!!timestamp x",
    "!!binary aGVsbG8=",
    "!!binary aGVsbG8",
    '!!binary "aGVs bG8="',
    "!!merge x",
    "!own 12",
    "!own no",
    "! 12",
    '! "12"',
    "&anchor no",
  ],
];

/** Manifests, by what they are for. */
export const MANIFESTS: Readonly<Record<string, string>> = {
  "a key that is there twice": "a: 1\na: 2\n",
  "keys that are the same once they are read": "yes: 1\ntrue: 2\n",
  "a key twice in JSON": '{"a": 1, "a": 2}\n',
  "a merge key before a member": "a: &x {k: 1}\nb:\n  <<: *x\n  k: 2\n",
  "a merge key behind a member": "a: &x {k: 1}\nb:\n  k: 2\n  <<: *x\n",
  "a merge of several maps": "x: &x {k: 1}\ny: &y {k: 2, l: 3}\nb:\n  <<: [*x, *y]\n",
  "a merge of a map in place": "b:\n  <<: {c: no}\n  d: 1\n",
  "a merge of a merge": "a: &a {k: 1}\nb: &b {<<: *a, l: 2}\nc: {<<: *b}\n",
  "a merge of a number": "b:\n  <<: 1\n",
  "a merge of a list of numbers": "b:\n  <<: [1]\n",
  "a merge key in quotes": 'b:\n  "<<": {c: 1}\n',
  "a merge key with its tag": "b:\n  !!merge <<: {c: 1}\n",
  "a merge key as text": "b:\n  !!str <<: {c: 1}\n",
  "a merge key with a bare tag": "b:\n  ! <<: {c: 1}\n",
  "an alias": "a: &x {k: no}\nb: [*x, *x]\n",
  "an anchor that is set again": "a: &x 1\nb: &x 2\nc: *x\n",
  "an alias as a key": "a: &x k\n*x : 1\n",
  "an alias without an anchor": "a: *x\n",
  "an anchor in itself": "a: &x [*x]\n",
  "many aliases of a small map": `a: &x {k: 1}\nb: [${Array(500).fill("*x").join(", ")}]\n`,
  "aliases of aliases": "a: &a [1,1,1,1,1,1,1,1,1,1]\n" +
    "bcdefg".split("").map((name, index) =>
      `${name}: &${name} [${Array(10).fill(`*${"abcdef"[index]}`).join(", ")}]\n`
    ).join(""),
  "a list as a key": "? [a]\n: 1\n",
  "a map as a key": "? {a: 1}\n: 1\n",
  "no key": ": 1\n",
  "a key without a value": "? a\n? b\n",
  "documents": "--- \na: 1\n---\n---\nb: no\n",
  "a separator with a comment": "--- # first\na: 1\n",
  "a separator with a value": "--- {a: 1}\n",
  "a separator of four": "----\na: 1\n",
  "a separator in a block": "a: |\n  x\n  ---\n  y\n",
  "a separator in quotes": 'a: "x\n---\ny"\n',
  "what is behind the end of a document": "a: 1\n...\nb: 2\n",
  "a directive": "%YAML 1.1\n---\na: 1\n",
  "lines of Windows": "a: 1\r\n---\r\nb: no\r\nc: |\r\n  x\r\n  y\r\n",
  "nothing": "",
  "comments alone": "# only\n---\n# comments\n",
  "null": "null\n",
  "a list": "- a: 1\n",
  "JSON": '{"a": 1, "b": [true, null, 1e2, "no"]}\n',
  "JSON that is YAML": '{"a": no}\n',
  "JSON with a comma too much": '{"a": 1,}\n',
  "documents of JSON": '{"a": 1}\n{"b": 2}\n',
  "documents of JSON in YAML": '{"a": 1}\n---\n{"b": no}\n',
  "a flow map": '{a: no, b, "c":1, d: [1, 2,]}\n',
  "a flow list with a hole": "a: [1,,2]\n",
  "tagged collections":
    "a: !!set {x, y}\nb: !!omap [x: 1]\nc: !own {x: 1}\nd: !!seq [1]\ne: !!str [1]\n",
  "binary in a block": "a: !!binary |\n  aGVs\n  bG8=\n",
  "blocks":
    "a: |\n  x\n\nb: |+\n  x\n\nc: >-\n  x\n  y\n\n  z\nd: |2\n    x\ne: |-\n\nf: >\n x\n  y\n z\n",
  "a block of a tab": "a: |\n\tx\n",
  "folded quotes": 'a: "x\\\n  y"\nb: "x\n\n  y"\nc: \'x\n  y\'\nd: x\n  y\n',
  "an unknown escape": 'a: "\\q"\n',
  "an indentation of tabs": "a:\n\tb: 1\n",
  "an indentation that does not fit": "a:\n  b: 1\n c: 2\n",
  "reserved characters": "a: @x\n",
  "a template": "a: {{ .Values.x }}\n",
  "two colons in a line": "a: b: c\n",
  "open quotes": "a: 'x\n",
  "a control character": "a: \u0007\n",
  "a null character": 'a: "\u0000"\n',
  "keys of every type":
    "1: a\n1.5: b\n0o17: c\nyes: d\n2001-01-01: e\n1e6: f\n123456.7: g\n1.10: h\n",
  "keys of JavaScript": "__proto__: 1\nconstructor: {a: 1}\n",
  "a long key": `${"x".repeat(1100)}: 1\n`,
};

const PIECES = "0 1 7 8 9 _ + - . e E 0x 0b 0o F a n no y T inf null ~ true Z << #".split(" ");

/** Scalars of random pieces. The same seed gives the same. */
export function randomScalars(seed: number, count: number): readonly string[] {
  let state = seed;
  const below = (limit: number) => {
    // A linear congruential generator: its low bits repeat soon.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
  return Array.from(
    { length: count },
    () => Array.from({ length: 1 + below(5) }, () => PIECES[below(PIECES.length)] ?? "").join(""),
  );
}

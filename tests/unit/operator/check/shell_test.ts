import assert from "node:assert/strict";
import { shellCommands } from "../../../../src/operator/check/user_data/shell.ts";

/** Scripts, and the words of their commands. */
const WORDS: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  ["", []],
  ["a b  c", [["a", "b", "c"]]],
  ["a; b&c&&d\ne", [["a"], ["b"], ["c"], ["d"], ["e"]]],
  ["a | b || c |& d", [["a"], ["b"], ["c"], ["d"]]],
  ["(a; b)", [["a"], ["b"]]],
  ["f() { a; b c; }", [["f"], ["a"], ["b", "c"]]],
  ["a `b c` $(d)", [["a"], ["b", "c"], ["$"], ["d"]]],
  ["a # b\nc", [["a"], ["c"]]],
  ["a # b", [["a"]]],
  ["a b#c", [["a", "b#c"]]],
  ["a \\\n b", [["a", "b"]]],
  ["a b\\ c \\;", [["a", "b c", ";"]]],
  ["a 'b c'd \"e f\"g \"\" ''", [["a", "b cd", "e fg", "", ""]]],
  ['a "b\\"c \\$d \\e"', [["a", 'b"c $d \\e']]],
  ["a 'b\"c' \"d'e\"", [["a", 'b"c', "d'e"]]],
  ["a 'b", [["a", "b"]]],
  ["a ${b:-c d}e", [["a", "${b:-c d}e"]]],
  ["a x-{bc,de} {fg,hi}", [["a", "x-{bc,de}", "{fg,hi}"]]],
  ["a {} x{ }y {z}", [["a", "{}", "x{", "}y", "{z}"]]],
  ["A=1; a $A $B ${A}2", [["A=1"], ["a", "1", "$B", "12"]]],
  ["FILE=x=y a $FILE; a $FILE", [["FILE=x=y", "a", "$FILE"], ["a", "x=y"]]],
  ["ab; c $a", [["ab"], ["c", "$a"]]],
  ["-A=1; a $A", [["-A=1"], ["a", "$A"]]],
  ["for x in b c; do a $x; done", [["for", "x", "in", "b", "c"], ["do", "a", "b c"], ["done"]]],
  ["if for xy in b; a $xy", [["if", "for", "xy", "in", "b"], ["a", "b"]]],
  ["waitfor x in b; a $x", [["waitfor", "x", "in", "b"], ["a", "$x"]]],
];

for (const [script, words] of WORDS) {
  Deno.test(`the commands of the script ${JSON.stringify(script)}`, () => {
    assert.deepEqual(shellCommands(script).map((command) => command.words), words);
  });
}

Deno.test("of a variable only the start is kept", () => {
  const [, , found] = shellCommands(`A=${"a".repeat(2000)}\nfor b in $A $A; do\necho $A$b`);
  assert.equal(found?.words.join("").length, "do".length);
  const words = shellCommands(`A=${"a".repeat(2000)}\necho $A`)[1]?.words ?? [];
  assert.equal(words[1]?.length, 1000);
});

/** Scripts, and of each command the words, the files that it writes, its input, and the command before its pipe. */
const REDIRECTED: readonly (readonly [string, readonly unknown[]])[] = [
  ["a >b 2> c >>d >| e f", [["a f", ["b", "c", "d", "e"], undefined, undefined]]],
  ["a &> b c", [["a c", ["b"], undefined, undefined]]],
  ["a < b > ", [["a", [], undefined, undefined]]],
  ["> b; c", [["", ["b"], undefined, undefined], ["c", [], undefined, undefined]]],
  ["a <<< 'b c'", [["a", [], "b c", undefined]]],
  ["a <<E\nb\nE c\nE\nd", [["a", [], "b\nE c\n", undefined], ["d", [], undefined, undefined]]],
  ["a <<-'E'; d\n\tb\n\tE\ne", [
    ["a", [], "\tb\n", undefined],
    ["d", [], undefined, undefined],
    ["e", [], undefined, undefined],
  ]],
  ["a <<E; b <<F\n1\nE\n2\nF\nc", [
    ["a", [], "1\n", undefined],
    ["b", [], "2\n", undefined],
    ["c", [], undefined, undefined],
  ]],
  ["a <<E\nb", [["a", [], "b", undefined]]],
  ["a | b", [["a", [], undefined, undefined], ["b", [], undefined, "a"]]],
  ["a |\n b\nc", [
    ["a", [], undefined, undefined],
    ["b", [], undefined, "a"],
    ["c", [], undefined, undefined],
  ]],
  ["a || b; c && d\ne", ["a", "b", "c", "d", "e"].map((word) => [word, [], undefined, undefined])],
];

for (const [script, commands] of REDIRECTED) {
  Deno.test(`what the commands of the script ${JSON.stringify(script)} read and write`, () => {
    assert.deepEqual(
      shellCommands(script).map(({ words, writes, stdin, pipedFrom }) => [
        words.join(" "),
        writes,
        stdin,
        pipedFrom?.words[0],
      ]),
      commands,
    );
  });
}

Deno.test("the offset is that of the first word", () => {
  const script = "a b;  c d\n  e <<E f\ng\nE\n  h";
  assert.deepEqual(
    shellCommands(script).map(({ offset }) => offset),
    ["a", "c", "e", "h"].map((word) => script.indexOf(word)),
  );
});

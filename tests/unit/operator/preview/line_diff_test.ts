import assert from "node:assert/strict";
import { diffLines } from "../../../../src/operator/preview/line_diff.ts";

const diff = (before: string, after: string) =>
  diffLines(before, after).map(({ sign, text }) => sign + text);

Deno.test("lines that are added and removed are shown, with a line around them", () => {
  assert.deepEqual(diff("a\nb\nc\nd\ne", "a\nb\nx\nd\ne"), [" b", "-c", "+x", " d"]);
  assert.deepEqual(diff("a\nb\nc", "a\nb\nc\nd"), [" c", "+d"]);
  assert.deepEqual(diff("a\nb\nc", "b\nc"), ["-a", " b"]);
});

Deno.test("equal texts have no lines", () => {
  assert.deepEqual(diff("a\nb", "a\nb"), []);
});

Deno.test("changes that are far from each other are shown without what is between them", () => {
  assert.deepEqual(diff("1\n2\n3\n4\n5\n6", "x\n1\n2\n3\n4\n5\n6\ny"), ["+x", " 1", " 6", "+y"]);
});

import assert from "node:assert/strict";
import {
  boundaryOf,
  fieldOf,
  filenameOf,
  headerOf,
  typeOf,
} from "../../../src/cloud_init/mime_header.ts";

const FILENAMES: readonly (readonly [string, string])[] = [
  ["Content-Disposition: attachment; filename=run.ps1", "run.ps1"],
  ["Content-Disposition: attachment;filename=run.ps1 ; x=y", "run.ps1"],
  ['Content-Disposition: attachment; x="filename=a"; FileName = "b c"', "b c"],
  [String.raw`Content-Disposition: attachment; filename="a\"b\\c\d"`, String.raw`a"b\c\d`],
  ["Content-Type: text/x-shellscript; name=old.ps1", "old.ps1"],
  ["Content-Disposition: attachment", ""],
  ["", ""],
];

for (const [header, filename] of FILENAMES) {
  Deno.test(`the filename in ${JSON.stringify(header)} is ${JSON.stringify(filename)}`, () => {
    assert.equal(filenameOf(header), filename);
  });
}

const TYPES: readonly (readonly [string, string])[] = [
  ["Content-Type: Text/X-ShellScript ; charset=utf-8", "text/x-shellscript"],
  ["Content-Type: text/x-shellscript", "text/x-shellscript"],
  ["Content-Type: script", "text/plain"],
  ["Content-Type: a/b/c", "text/plain"],
  ["X: y", "text/plain"],
];

for (const [header, type] of TYPES) {
  Deno.test(`the type of ${JSON.stringify(header)} is ${type}`, () => {
    assert.equal(typeOf(header), type);
  });
}

Deno.test("a field that is not there is empty", () => {
  assert.equal(fieldOf("A: b\n", "c"), "");
});

Deno.test("only a multipart message has a boundary", () => {
  assert.equal(boundaryOf("Content-Type: multipart/mixed; x=a; boundary=b"), "b");
  assert.equal(boundaryOf("Content-Type: multipart/mixed; boundary="), undefined);
  assert.equal(boundaryOf("Content-Type: text/plain; boundary=b"), undefined);
});

Deno.test("a header ends before the first line that is none of its own, or with the text", () => {
  assert.equal(headerOf("A: b\r\n c\nno field"), "A: b\r\n c\n");
  assert.equal(headerOf("A: b"), "A: b");
});

import assert from "node:assert/strict";
import { posix } from "node:path";
import { repositoryPath } from "../support/paths.ts";
import { layoutProblems, type SourceFile } from "./source_layout.ts";

const IMPORT = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

function sourceFile(path: string, text: string): SourceFile {
  const imports = [...text.matchAll(IMPORT)].map(([, specifier = ""]) =>
    posix.join(posix.dirname(path), specifier)
  );
  return { path, text, imports };
}

function filesBelow(folder: string): readonly SourceFile[] {
  return [...Deno.readDirSync(repositoryPath(folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return filesBelow(path);
    return path.endsWith(".ts") ? [readFile(path)] : [];
  });
}

function readFile(path: string): SourceFile {
  return sourceFile(path, Deno.readTextFileSync(repositoryPath(path)));
}

Deno.test("imports go to lower layers, without cycles, and only the fronts have effects", () => {
  const files = [readFile("main.ts"), ...filesBelow("src")];
  assert.deepEqual(layoutProblems(files), []);
});

const VIOLATIONS: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ["an import that runs upwards", {
    "src/domain/a.ts": 'import "../plan/b.ts";',
    "src/plan/b.ts": "",
  }, /^src\/domain\/a\.ts imports src\/plan\/b\.ts, which is above it/],
  ["an import of a folder in the same row", {
    "src/operator/check/a.ts": 'import { b } from "../preview/b.ts";',
    "src/operator/preview/b.ts": "",
  }, /which is beside it/],
  ["an import of the other front", {
    "src/sidecar/a.ts": 'await import("../operator/manifest/b.ts");',
    "src/operator/manifest/b.ts": "",
  }, /the two fronts do not know each other/],
  ["a circle", {
    "src/text/a.ts": 'import "./b.ts";',
    "src/text/b.ts": 'import "./c.ts";',
    "src/text/c.ts": 'import "./a.ts";',
  }, /circle: src\/text\/a\.ts -> src\/text\/b\.ts -> src\/text\/c\.ts -> src\/text\/a\.ts/],
  ["a file beside the folders", { "src/a.ts": "" }, /in no folder of the source layout/],
  ["the environment", { "src/plan/a.ts": "Deno.env.get('A')" }, /uses Deno's API \(Deno\.\)/],
  ["the clock", { "src/hooks/a.ts": "new Date()" }, /uses the clock/],
  ["a file", { "src/guest/a.ts": 'import { readFileSync } from "node:fs";' }, /Node's with/],
  [
    "a module that is imported on demand",
    { "src/plan/a.ts": 'await import("node:fs");' },
    /Node's/,
  ],
  ["gRPC", { "src/hooks/a.ts": 'import * as grpc from "@grpc/grpc-js";' }, /only src\/sidecar\//],
  [
    "the file that prints, if it reads",
    { "src/cli/output.ts": "Deno.readFileSync(x)" },
    /Deno's API/,
  ],
  ["a connection", { "src/cli/a.ts": "await fetch(url)" }, /uses the network/],
];

for (const [what, files, expected] of VIOLATIONS) {
  Deno.test(`the source layout is violated by ${what}`, () => {
    const problems = layoutProblems(
      Object.entries(files).map(([path, text]) => sourceFile(path, text)),
    );
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0] ?? "", expected);
  });
}

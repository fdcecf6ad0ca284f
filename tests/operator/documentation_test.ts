import assert from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { COMMANDS } from "../../src/cli/commands.ts";
import { repositoryPath } from "../support/paths.ts";
import { sidecarCommand } from "../support/sidecar.ts";

/** Tasks that are not run from here: they take long, or run this test themselves. */
const LONG_TASKS = [
  "bench",
  "check",
  "compile",
  "demo",
  "ok",
  "test",
  "test:conformance",
  "test:guest",
  "test:image",
  "test:robustness",
];

/** Commands that fetch the repository, in which this test already runs. */
const FETCHING = /^(git clone |cd eks-irsa-sidecar$)/;

/** A task, with the installed deno or with npm's. */
const TASK = /^(?:deno|npx (?:-y|--yes) deno@[\d.]+) task (\S+)$/;

/** A link within the repository: the file and the heading are both optional. */
const LINK = /\]\(([^)#:]*)(#[^)]*)?\)/g;

interface Block {
  readonly place: string;
  readonly lines: readonly string[];
}

/** The most words that the README may have outside of its code blocks. */
const MAX_README_WORDS = 1000;

/** First lines of blocks that are not run, and the programs of which such a block must have one. */
const NOT_RUN: Readonly<Record<string, RegExp>> = {
  "# needs a cluster": /\b(kubectl|virtctl|aws|eksctl|helm)\b/,
  "# needs a release": /\b(gh|docker)\b/,
};

const documents = ["CONTRIBUTING.md", "README.md", "SECURITY.md"];
for await (const { name } of Deno.readDir(repositoryPath("docs"))) {
  if (name.endsWith(".md")) documents.push(`docs/${name}`);
}

for (const document of documents.sort()) {
  const text = await Deno.readTextFile(repositoryPath(document)).catch(() => undefined);
  for (const { place, lines } of text === undefined ? [] : shellBlocks(document, text)) {
    const [, needed] = Object.entries(NOT_RUN).find(([first]) => first === lines[0]) ?? [];
    if (needed !== undefined) {
      Deno.test(`${place} needs what its first line says`, () => {
        assert.match(lines.join("\n"), needed);
      });
    } else {
      Deno.test(`the commands of ${place} work`, async () => await runBlock(lines));
    }
  }
  Deno.test(`the tasks that ${document} names are in deno.json`, () => {
    for (const [, task = ""] of (text ?? "").matchAll(/\bdeno(?:@[\d.]+)? task ([\w:-]+)/g)) {
      assert.ok(task in configuration.tasks, task);
    }
  });
  Deno.test(`the links of ${document} have a target`, async () => {
    const folder = document.includes("/") ? "docs/" : "";
    for (const [, target = "", heading] of (text ?? "").matchAll(LINK)) {
      const path = repositoryPath(target === "" ? document : folder + target);
      await Deno.stat(path);
      if (heading !== undefined) {
        assert.ok(headingsOf(await Deno.readTextFile(path)).includes(heading), target + heading);
      }
    }
  });
}

const readme = await Deno.readTextFile(repositoryPath("README.md"));
const reference = await Deno.readTextFile(repositoryPath("docs/reference.md"));
const development = await Deno.readTextFile(repositoryPath("docs/development.md"));

Deno.test(`the README has at most ${MAX_README_WORDS} words outside of its code blocks`, () => {
  const words = readme.replaceAll(/^```[\s\S]*?^```.*$/gm, "").split(/\s+/).filter(Boolean);
  assert.ok(words.length <= MAX_README_WORDS, `it has ${words.length}`);
});

Deno.test("the README links to every page of docs/", () => {
  for (const document of documents.filter((document) => document.startsWith("docs/"))) {
    assert.ok(readme.includes(`](${document})`), document);
  }
});

Deno.test("the reference has a line for every flag of serve", () => {
  for (const flag of [...Object.keys(COMMANDS.serve.flags), "help"]) {
    assert.ok(reference.includes(`\n| \`--${flag}\``), flag);
  }
});

Deno.test("the reference names every command", () => {
  for (const name of Object.keys(COMMANDS)) {
    assert.match(reference, new RegExp(`[\`\\s]${name}[\`\\s]`), name);
  }
});

Deno.test("the reference names every flag of preview, check and sysprep", () => {
  for (const { flags } of [COMMANDS.preview, COMMANDS.check, COMMANDS.sysprep]) {
    for (const flag of Object.keys(flags)) assert.ok(reference.includes(`\`--${flag}\``), flag);
  }
});

Deno.test("development.md has the reason and the repository of every dependency", () => {
  for (const name of Object.keys(configuration.imports)) {
    assert.ok(development.includes(`[${name}](https://github.com/`), name);
  }
});

/** The headings of a document, as GitHub writes them in a link. */
function headingsOf(text: string): readonly string[] {
  const headings = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    `#${heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-")}`
  );
}

async function runBlock(lines: readonly string[]): Promise<void> {
  const commands: string[] = [];
  for (const line of lines) {
    const task = TASK.exec(line.trim())?.[1];
    if (task !== undefined && LONG_TASKS.includes(task)) {
      assert.ok(task in configuration.tasks, `deno.json has no task ${task}`);
    } else if (!FETCHING.test(line)) {
      commands.push(line);
    }
  }
  const programs = await Deno.makeTempDir({ prefix: "irsa-docs-" });
  try {
    const command = sidecarCommand().map((word) => `'${word}'`).join(" ");
    const program = `${programs}/eks-irsa-sidecar`;
    await Deno.writeTextFile(program, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-euc", commands.join("\n")],
      cwd: repositoryPath("."),
      env: { PATH: `${programs}:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stdout) + decoder.decode(stderr));
  } finally {
    await Deno.remove(programs, { recursive: true });
  }
}

/** The blocks marked `sh`; one in a list is indented. */
function shellBlocks(document: string, text: string): readonly Block[] {
  const blocks = text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm);
  return [...blocks].map(({ 1: indentation = "", 2: body = "", index }) => ({
    place: `${document}:${text.slice(0, index).split("\n").length}`,
    lines: body.trimEnd().split("\n").map((line) => line.slice(indentation.length)),
  }));
}

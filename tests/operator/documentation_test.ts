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

/** What fetches the repository; whoever runs this test has it. */
const FETCHING = /^(git clone |cd eks-irsa-sidecar$)/;

/** A task, with the installed deno or with npm's. */
const TASK = /^(?:deno|npx (?:-y|--yes) deno@[\d.]+) task (\S+)$/;

interface Block {
  readonly place: string;
  readonly lines: readonly string[];
}

const documents = ["README.md"];
for await (const { name } of Deno.readDir(repositoryPath("docs"))) {
  if (name.endsWith(".md")) documents.push(`docs/${name}`);
}

for (const document of documents.sort()) {
  const text = await Deno.readTextFile(repositoryPath(document)).catch(() => undefined);
  for (const { place, lines } of text === undefined ? [] : shellBlocks(document, text)) {
    if (lines[0] === "# needs a cluster") {
      Deno.test(`${place} needs a cluster indeed`, () => {
        assert.match(lines.join("\n"), /\b(kubectl|virtctl|aws|eksctl|helm)\b/);
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
  Deno.test(`the links of ${document} lead somewhere`, async () => {
    const folder = document.includes("/") ? "docs/" : "";
    for (const [, target = ""] of (text ?? "").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      await Deno.stat(repositoryPath(folder + target));
    }
  });
}

const readme = await Deno.readTextFile(repositoryPath("README.md"));

Deno.test("the README has a line for every flag of serve", () => {
  for (const flag of [...Object.keys(COMMANDS.serve.flags), "help"]) {
    assert.ok(readme.includes(`\n| \`--${flag}\``), flag);
  }
});

Deno.test("the README names every command", () => {
  for (const name of Object.keys(COMMANDS)) {
    assert.match(readme, new RegExp(`[\`\\s]${name}[\`\\s]`), name);
  }
});

Deno.test("the README has the reason and the source's repository of every dependency", () => {
  for (const name of Object.keys(configuration.imports)) {
    assert.ok(readme.includes(`[${name}](https://github.com/`), name);
  }
});

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

function shellBlocks(document: string, text: string): readonly Block[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(({ 1: body = "", index }) => ({
    place: `${document}:${text.slice(0, index).split("\n").length}`,
    lines: body.trimEnd().split("\n"),
  }));
}

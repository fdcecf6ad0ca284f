import assert from "node:assert/strict";
import { WINDOWS } from "../../support/kubevirt.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";
import { partsOf } from "../../support/guest_part.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { findProgram, runProgram } from "../install/run_program.ts";
import {
  type PowerShellParser,
  powerShellParser,
  type SyntaxNode,
} from "../install/tree_sitter_powershell.ts";
import { ask, type Bench, type Case, expect, type Judge, type Verdict } from "./judge.ts";
import { filesOf } from "./user_data_corpus.ts";

/** PowerShell: do the scripts parse, and does PSScriptAnalyzer like them? */
export const powershell: Judge = {
  name: "powershell",
  async judge(bench) {
    const scripts = await scriptsOf(bench);
    const parser = await powerShellParser(bench);
    bench.progress(`PowerShell: parse ${scripts.length} scripts`);
    const cases = [await ask("a broken script is refused", () => refusesBrokenScripts(parser))];
    for (const { name, text } of scripts) {
      cases.push(
        await ask(name, () => {
          const errors = errorsIn(parser.parse(text));
          expect(errors.length === 0, errors.join("\n"));
        }),
      );
    }
    const grammar = { judge: "PowerShell grammar (tree-sitter)", version: parser.version, cases };
    return [grammar, await pwshVerdict(bench, scripts.filter(({ name }) => name !== RECORDER))];
  },
};

interface Script {
  readonly name: string;
  readonly text: string;
}

/** Values that would end a string, start a command or name another variable, were they ever code. */
const AWKWARD: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_QUOTES: `"double" 'single' \u2018curly\u2019 @"here"@`,
  AWS_CODE: "$(calc) $env:PATH ${x} `n; & calc | calc # %PATH% %~dp0",
  AWS_TEXT: "\u{1F680} \u00e9\u00df\u4e2d <&> \\ \\\\server\\",
};

/** The variables that the machine then has, and where its token is. */
const EXPECTED: Readonly<Record<string, string>> = {
  ...AWKWARD,
  AWS_WEB_IDENTITY_TOKEN_FILE: "C:\\aws-iam-token\\token",
};

/** It replaces cmdlets on purpose, which PSScriptAnalyzer warns of. */
const RECORDER = "record.ps1";

const PART = "the part in a guest's user data, with awkward values";

/** The script files, and our part of a Windows guest's user data with awkward values. */
async function scriptsOf(bench: Bench): Promise<Script[]> {
  const folders = ["src/guest/windows", "tests/conformance/powershell"];
  const scripts = (await Promise.all(folders.map(async (folder) => {
    const path = `${bench.repository}/${folder}`;
    const names = (await filesOf(path)).filter((name) => name.endsWith(".ps1"));
    return await Promise.all(names.map(async (name) => ({
      name,
      text: await Deno.readTextFile(`${path}/${name}`),
    })));
  }))).flat();
  await using sidecar = await startSidecar({
    args: ["--log-level", "error"],
    env: AWKWARD,
  });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(WINDOWS);
  const [ours = ""] = partsOf(UserData);
  const part = new TextDecoder().decode(decodeBody(readEntity(ours)));
  return [...scripts, { name: PART, text: part }];
}

/** What `record.ps1` prints. */
interface Recorded {
  readonly variables: Readonly<Record<string, string>>;
  readonly events: readonly number[];
  readonly tasks: readonly string[];
  readonly said: readonly string[];
}

function refusesBrokenScripts(parser: PowerShellParser): void {
  const errors = errorsIn(parser.parse("if ($true) { Write-Output 'a'\n"));
  expect(errors.length > 0, "the grammar takes an unclosed block for a script");
}

/** A sentence for every place that the grammar could not read. */
function errorsIn(node: SyntaxNode): string[] {
  if (!node.hasError) return [];
  const { row, column } = node.startPosition;
  const here = node.isError || node.isMissing
    ? [`line ${row + 1}, column ${column + 1}: ${node.isMissing ? `no ${node.type}` : "no syntax"}`]
    : [];
  return [...here, ...node.children.flatMap((child) => child === null ? [] : errorsIn(child))];
}

/** PowerShell itself is in no package registry: it judges where it is installed, in CI too. */
async function pwshVerdict(bench: Bench, scripts: readonly Script[]): Promise<Verdict> {
  const judge = "pwsh with PSScriptAnalyzer";
  if (await findProgram("pwsh") === undefined) {
    return { judge, version: "-", cases: [], note: "not installed here, and in no registry" };
  }
  const folder = `${bench.cache}/powershell`;
  await Deno.mkdir(folder, { recursive: true });
  const cases: Case[] = [];
  for (const [index, { name, text }] of scripts.entries()) {
    const path = `${folder}/${index}.ps1`;
    await Deno.writeTextFile(path, text);
    const command = `$found = @(Invoke-ScriptAnalyzer -Path '${path}' -Severity Warning,Error); ` +
      "$found | Format-List RuleName,Line,Message | Out-String; exit $found.Count";
    cases.push(
      await ask(name, async () => {
        await runProgram(["pwsh", "-NoProfile", "-NonInteractive", "-Command", command]);
      }),
    );
  }
  const recorder = `${bench.repository}/tests/conformance/powershell/${RECORDER}`;
  const part = scripts.findIndex(({ name }) => name === PART);
  cases.push(
    await ask("run with recorders for Windows: exactly these variables", async () => {
      const command = ["pwsh", "-NoProfile", "-NonInteractive", "-File", recorder];
      const { stdout } = await runProgram([...command, `${folder}/${part}.ps1`]);
      // The recorder prints exactly this.
      const recorded = JSON.parse(stdout) as Recorded;
      assert.deepEqual(recorded.variables, EXPECTED, recorded.said.join("\n"));
      assert.deepEqual(recorded.events, [], recorded.said.join("\n"));
      assert.ok(recorded.tasks.every((task) => task === "eks-irsa-sidecar"));
    }),
  );
  const version = (await runProgram(["pwsh", "--version"])).stdout.trim();
  return { judge, version, cases };
}

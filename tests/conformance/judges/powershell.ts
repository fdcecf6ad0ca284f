import { partsOf } from "../../support/guest_part.ts";
import { WINDOWS } from "../../support/kubevirt.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";
import { startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { findProgram, runProgram } from "../install/run_program.ts";
import {
  type PowerShellParser,
  powerShellParser,
  type SyntaxNode,
} from "../install/tree_sitter_powershell.ts";
import { ask, type Bench, type Case, expect, type Judge, type Verdict } from "./judge.ts";
import { expectRecordable } from "./powershell_machine.ts";
import { namingProblems } from "./powershell_names.ts";
import { AWKWARD, LATER, scenarioCases, type Written } from "./powershell_scenarios.ts";
import { filesOf } from "./user_data_corpus.ts";

/** PowerShell: do the scripts parse, do the names in them exist, and what do they do? */
export const powershell: Judge = {
  name: "powershell",
  async judge(bench) {
    const first = await writtenFor(AWKWARD);
    const scripts = [...await scriptsOf(bench), { name: PART, text: first.part }];
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
    cases.push(
      await ask("names that Windows PowerShell does not know are found", () => {
        const problems = namingProblems(parser.parse(UNKNOWN_NAMES));
        expect(problems.length === 6, `it finds: ${problems.join("; ")}`);
      }),
      await ask("the part names nothing that Windows PowerShell 5.1 does not know", () => {
        const problems = namingProblems(parser.parse(first.part));
        expect(problems.length === 0, problems.join("\n"));
      }),
      await ask("the recorders take the place of what is in the part", () => {
        expectRecordable(first.part);
      }),
    );
    const grammar = { judge: "PowerShell grammar (tree-sitter)", version: parser.version, cases };
    return [grammar, await pwshVerdict(bench, scripts, first)];
  },
};

interface Script {
  readonly name: string;
  readonly text: string;
}

/** This script replaces cmdlets on purpose. PSScriptAnalyzer warns of that. */
const RECORDER = "record.ps1";

const PART = "the part in a guest's user data, with awkward values";

/** A wrong command, parameter, member, variable, operator and function, which the judge must find. */
const UNKNOWN_NAMES = `function Find-Nothing { Get-Nothing; Test-Path -Nothing $unset }
[IO.File]::Nothing() && $true
`;

/** The script files. */
async function scriptsOf(bench: Bench): Promise<Script[]> {
  const folders = ["src/guest/windows", "tests/conformance/powershell"];
  return (await Promise.all(folders.map(async (folder) => {
    const path = `${bench.repository}/${folder}`;
    const names = (await filesOf(path)).filter((name) => name.endsWith(".ps1"));
    return await Promise.all(names.map(async (name) => ({
      name,
      text: await Deno.readTextFile(`${path}/${name}`),
    })));
  }))).flat();
}

/** A Windows guest's user data in such an environment. */
async function writtenFor(env: Readonly<Record<string, string>>): Promise<Written> {
  await using sidecar = await startSidecar({ args: ["--log-level", "error"], env });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(WINDOWS);
  const [ours = ""] = partsOf(UserData);
  return { userData: UserData, part: new TextDecoder().decode(decodeBody(readEntity(ours))) };
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

/** PowerShell itself is in no package registry, so this judge runs only where it is installed. */
async function pwshVerdict(
  bench: Bench,
  scripts: readonly Script[],
  first: Written,
): Promise<Verdict> {
  const judge = "pwsh with PSScriptAnalyzer";
  if (await findProgram("pwsh") === undefined) {
    const note =
      "not installed here, and in no registry: irsa.ps1 was parsed and its names were looked " +
      "up, but it was not run";
    return { judge, version: "-", cases: [], note };
  }
  const folder = `${bench.cache}/powershell`;
  await Deno.mkdir(folder, { recursive: true });
  const cases: Case[] = [];
  for (const [index, { name, text }] of scripts.entries()) {
    if (name === RECORDER) continue;
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
  bench.progress("PowerShell: run the part with recorders for Windows");
  const recorder = `${bench.repository}/tests/conformance/powershell/${RECORDER}`;
  cases.push(...await scenarioCases(folder, recorder, first, await writtenFor(LATER)));
  const version = (await runProgram(["pwsh", "--version"])).stdout.trim();
  return { judge, version, cases };
}

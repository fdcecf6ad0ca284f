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
    return [grammar, await pwshVerdict(bench, scripts)];
  },
};

interface Script {
  readonly name: string;
  readonly text: string;
}

/** The script files, and our part of a Windows guest's user data with awkward values. */
async function scriptsOf(bench: Bench): Promise<Script[]> {
  const folder = `${bench.repository}/src/guest/windows`;
  const names = (await filesOf(folder)).filter((name) => name.endsWith(".ps1"));
  const scripts = await Promise.all(names.map(async (name) => ({
    name,
    text: await Deno.readTextFile(`${folder}/${name}`),
  })));
  const awkward = { AWS_NOTE: `"'\`$(calc)%PATH%\u{1F680}é#;|&<>` };
  await using sidecar = await startSidecar({
    args: ["--log-level", "error"],
    env: { ...IRSA_ENVIRONMENT, ...awkward },
  });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(WINDOWS);
  const [ours = ""] = partsOf(UserData);
  const part = new TextDecoder().decode(decodeBody(readEntity(ours)));
  return [...scripts, { name: "the part in a guest's user data, with awkward values", text: part }];
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
  const version = (await runProgram(["pwsh", "--version"])).stdout.trim();
  return { judge, version, cases };
}

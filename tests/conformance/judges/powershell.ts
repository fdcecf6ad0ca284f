import { findProgram, runProgram } from "../install/run_program.ts";
import { ensureWine, HOST_VARIABLE, WindowsOnWine } from "../install/windows_on_wine.ts";
import { ask, type Bench, type Case, expect, type Judge, type Verdict } from "./judge.ts";
import { expectRecordable } from "./powershell_machine.ts";
import { namingProblems, type ScriptNames } from "./powershell_names.ts";
import { scenarioCases } from "./powershell_scenarios.ts";
import { writtenBySidecar } from "./powershell_user_data.ts";
import { filesOf } from "./user_data_corpus.ts";

/** PowerShell itself: can it read the scripts, does 5.1 know what they name, and what do they do? */
export const powershell: Judge = {
  name: "powershell",
  async judge(bench) {
    const written = await writtenBySidecar(bench.repository);
    const { first, sysprep } = written;
    const scripts = [
      ...await scriptsOf(bench),
      { name: PART, text: first.part },
      { name: COMMAND, text: sysprep.command },
    ];
    const host = Deno.env.get(HOST_VARIABLE) ?? "";
    if (host === "") {
      const notRun = `${HOST_VARIABLE} names no folder with PowerShell for Windows`;
      return [
        await parsedByPwsh(bench, scripts),
        { judge: ON_WINE, version: "-", cases: [], notRun },
      ];
    }
    bench.progress("PowerShell: set up Windows on Wine");
    await ensureWine();
    await using windows = await WindowsOnWine.start(`${bench.cache}/windows`, host);
    // One for each of the two processors that a machine of CI has.
    await using second = await WindowsOnWine.start(`${bench.cache}/windows-2`, host);
    const standIns = `${windows.folder}/stand_ins.dll`;
    const tools = { scripts: `${bench.repository}/${SCRIPT_FOLDER}`, standIns };
    const { stdout } = await windows.run(`${tools.scripts}/compile.ps1`, [
      `${tools.scripts}/stand_ins.cs`,
      standIns,
    ]);
    const version = stdout.trim();
    bench.progress(`PowerShell ${version}: parse ${scripts.length} scripts`);
    const parsed = await namesOf(
      scripts,
      windows.folder,
      async (list) => (await windows.run(`${tools.scripts}/parse.ps1`, [list])).stdout,
    );
    bench.progress("PowerShell: run the part, boot by boot");
    const recordable = await ask("the stand-ins take the place of what is in the part", () => {
      expectRecordable(first.part);
    });
    const scenarios = [recordable, ...await scenarioCases([windows, second], tools, written)];
    return [
      { judge: PARSER, version, cases: parsed },
      { judge: ON_WINE, version, cases: scenarios },
    ];
  },
};

const PARSER = "PowerShell's parser, names of 5.1";
const ON_WINE = "PowerShell for Windows on Wine";
const SCRIPT_FOLDER = "tests/conformance/powershell";
const PART = "the part in a guest's user data, with awkward values";
const COMMAND = "the command of an unattend file";
const IMAGE = "windows-image.ps1";

interface Script {
  readonly name: string;
  readonly text: string;
}

/** The script files. */
async function scriptsOf(bench: Bench): Promise<Script[]> {
  return (await Promise.all(["src/guest/windows", SCRIPT_FOLDER, "examples"].map(async (folder) => {
    const path = `${bench.repository}/${folder}`;
    const names = (await filesOf(path)).filter((name) => name.endsWith(".ps1"));
    return await Promise.all(names.map(async (name) => ({
      name,
      text: await Deno.readTextFile(`${path}/${name}`),
    })));
  }))).flat();
}

/** What PowerShell's parser judges where there is one for this machine's own system. */
async function parsedByPwsh(bench: Bench, scripts: readonly Script[]): Promise<Verdict> {
  if (await findProgram("pwsh") === undefined) {
    const notRun = `${HOST_VARIABLE} is not set, and there is no pwsh in PATH: the scripts were ` +
      "not even parsed";
    return { judge: PARSER, version: "-", cases: [], notRun };
  }
  const script = `${bench.repository}/${SCRIPT_FOLDER}/parse.ps1`;
  const version = (await runProgram(["pwsh", "--version"])).stdout.trim();
  const cases = await namesOf(
    scripts,
    bench.cache,
    async (list) =>
      (await runProgram(["pwsh", "-NoProfile", "-NonInteractive", "-File", script, list])).stdout,
  );
  return { judge: PARSER, version, cases };
}

/**
 * Puts all scripts to the parser, with some that it has to refuse.
 *
 * @param parse Runs parse.ps1 with a file that lists scripts.
 */
async function namesOf(
  scripts: readonly Script[],
  folder: string,
  parse: (list: string) => Promise<string>,
): Promise<Case[]> {
  const list = `${folder}/scripts.json`;
  const refused = Object.entries(REFUSED).map(([name, text]) => ({ name, text }));
  await Deno.writeTextFile(list, JSON.stringify([...scripts, ...refused]));
  // parse.ps1 prints exactly this.
  const found = JSON.parse(await parse(list)) as readonly ScriptNames[];
  const called = (name: string) => {
    const names = found.find((one) => one.name === name);
    expect(names !== undefined, `the parser was not asked of ${name}`);
    return names;
  };
  const cases: Case[] = [];
  for (const { name } of scripts) {
    cases.push(
      await ask(`${name} is read`, () => {
        const { errors } = called(name);
        expect(errors.length === 0, errors.join("\n"));
      }),
    );
  }
  for (const { name } of refused) {
    cases.push(
      await ask(`found: ${name}`, () => {
        const { errors, newer } = called(name);
        const isSyntax = name === UNCLOSED;
        expect((isSyntax ? errors : newer).length === 1, `it finds: ${[...errors, ...newer]}`);
        expect(isSyntax || errors.length === 0, `the parser does not read it: ${errors}`);
      }),
    );
  }
  cases.push(
    await ask("the part has no syntax that Windows PowerShell 5.1 refuses", () => {
      const { newer } = called(PART);
      expect(newer.length === 0, newer.join("\n"));
    }),
    await ask("names that Windows PowerShell 5.1 does not know are found", () => {
      const problems = namingProblems(called(UNKNOWN_NAMES));
      expect(problems.length === 6, `it finds: ${problems.join("; ")}`);
    }),
    ...await Promise.all(
      [COMMAND, IMAGE].map((name) =>
        ask(`${name} has nothing that Windows PowerShell 5.1 does not know`, () => {
          const problems = [...called(name).newer, ...namingProblems(called(name))];
          expect(problems.length === 0, problems.join("\n"));
        })
      ),
    ),
    await ask("the part names nothing that Windows PowerShell 5.1 does not know", () => {
      const problems = namingProblems(called(PART));
      expect(problems.length === 0, problems.join("\n"));
    }),
  );
  return cases;
}

const UNCLOSED = "a block that is not closed";
const UNKNOWN_NAMES = "a pipeline chain, and names that nothing has";

/** What has to be found in each: the first is no PowerShell at all, the others are of PowerShell 7 alone. */
const REFUSED: Readonly<Record<string, string>> = {
  [UNCLOSED]: "if ($true) { Write-Output 'a'\n",
  "the ternary operator": "$a = $true ? 1 : 2",
  "??": "$a = $null ?? 1",
  "??=": "$a ??= 1",
  "?. of a member": "$a = 1; ${a}?.Length",
  "?[ of an index": "$a = 1; ${a}?[0]",
  "&&": "Get-Item a && Get-Item b",
  "||": "Get-Item a || Get-Item b",
  "a block clean": "function Get-A { process { 1 } clean { 2 } }",
  "ForEach-Object -Parallel": "1, 2 | ForEach-Object -Parallel { $_ }",
  "a job by &": "Get-Item a &",
  // A command, a parameter, a member, a type, a variable and a function that nobody calls.
  [UNKNOWN_NAMES]: "function Find-Nothing { Get-Nothing; Test-Path -Nothing $unset }\n" +
    "[IO.File]::Nothing() && (New-Object IO.Nothing)\n",
};

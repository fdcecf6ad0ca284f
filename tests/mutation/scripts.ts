/**
 * Which faults of the guest scripts does no test notice? No tool makes them: they are in shell_faults.ts and
 * powershell_faults.ts. docs/development.md says how this is used.
 */
import {
  ensureWine,
  HOST_VARIABLE,
  WindowsOnWine,
} from "../conformance/install/windows_on_wine.ts";
import { scenarioCases } from "../conformance/judges/powershell_scenarios.ts";
import { writtenBySidecar } from "../conformance/judges/powershell_user_data.ts";
import type { UserData, Written } from "../conformance/judges/powershell_written.ts";
import { repositoryPath } from "../support/paths.ts";
import { POWERSHELL_FAULTS, type PowershellFault } from "./powershell_faults.ts";
import { copyRepository } from "./repository_copy.ts";
import type { ScriptFault } from "./script_fault.ts";
import { SHELL_FAULTS } from "./shell_faults.ts";

const SHELL_TESTS = "tests/unit/guest/linux";
/** The tests of the scripts in one shell are enough: a fault is the same in all. */
const SHELL_FILTER = "/^(dash: |[^:]*$)/";
const SCRIPT_FOLDER = repositoryPath("tests/conformance/powershell");

const isChosen = ({ file }: ScriptFault) =>
  Deno.args.length === 0 || Deno.args.some((path) => file.startsWith(path));
let wrong = 0;
for (const fault of SHELL_FAULTS.filter(isChosen)) report(fault, await noticedByShells(fault));
const powershell = POWERSHELL_FAULTS.filter(isChosen);
if (powershell.length > 0) await tryPowershell(powershell);
Deno.exit(wrong === 0 ? 0 : 1);

function report({ file, what, unnoticed }: ScriptFault, noticedBy: string | undefined): void {
  if ((noticedBy === undefined) === (unnoticed === undefined)) wrong++;
  const outcome = noticedBy === undefined
    ? `NOT NOTICED${unnoticed === undefined ? "" : `, as listed: ${unnoticed}`}`
    : `noticed${unnoticed === undefined ? "" : ", but listed as unnoticed"} (${noticedBy})`;
  console.log(`${file}: ${what}: ${outcome}`);
}

/** A text with the fault in it. */
function broken(text: string, { file, what, from, to }: ScriptFault): string {
  if (!text.includes(from)) throw new Error(`${file} has no place for the fault "${what}".`);
  return text.replace(from, () => to);
}

/** The first test of the Linux scripts that fails with the fault. */
async function noticedByShells(fault: ScriptFault): Promise<string | undefined> {
  const text = broken(await Deno.readTextFile(repositoryPath(fault.file)), fault);
  const copy = await copyRepository(new Map([[fault.file, text]]));
  try {
    const test = ["test", "--quiet", "--frozen", "--allow-all", "--no-check", "--fail-fast"];
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [...test, "--filter", SHELL_FILTER, SHELL_TESTS],
      cwd: copy,
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    if (success) return undefined;
    return /^(.*) \.\.\. FAILED/m.exec(new TextDecoder().decode(stdout))?.[1] ?? "a test";
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

async function tryPowershell(faults: readonly PowershellFault[]): Promise<void> {
  const host = Deno.env.get(HOST_VARIABLE) ?? "";
  if (host === "") throw new Error(`${HOST_VARIABLE} names no folder with PowerShell for Windows.`);
  await ensureWine();
  const folder = await Deno.makeTempDir({ prefix: "script-faults-" });
  await using windows = await WindowsOnWine.start(`${folder}/windows`, host);
  const standIns = `${windows.folder}/stand_ins.dll`;
  await windows.run(`${SCRIPT_FOLDER}/compile.ps1`, [`${SCRIPT_FOLDER}/stand_ins.cs`, standIns]);
  const written = await writtenBySidecar(repositoryPath("."));
  for (const fault of faults) {
    const tools = { scripts: SCRIPT_FOLDER, standIns };
    report(fault, await noticedByPowershell(fault, windows, tools, written));
  }
}

/** The first scenario of the Windows scripts that fails with the fault. */
async function noticedByPowershell(
  fault: PowershellFault,
  windows: WindowsOnWine,
  tools: Parameters<typeof scenarioCases>[1],
  written: Written,
): Promise<string | undefined> {
  const userData = ({ userData, part }: UserData): UserData => ({
    userData: broken(userData, fault),
    part: broken(part, fault),
  });
  const changed: Written = {
    first: userData(written.first),
    later: userData(written.later),
    podIdentity: userData(written.podIdentity),
    nested: userData(written.nested),
    sysprep: {
      ...written.sysprep,
      first: broken(written.sysprep.first, fault),
      later: broken(written.sysprep.later, fault),
    },
  };
  for (const words of fault.scenarios) {
    const cases = await scenarioCases([windows], tools, changed, words);
    if (cases.length === 0) throw new Error(`No scenario has "${words}" in its name.`);
    const failed = cases.find(({ why }) => why !== undefined);
    if (failed !== undefined) return failed.name;
  }
  return undefined;
}

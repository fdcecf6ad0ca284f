import { ask, type Case } from "./judge.ts";
import { RecordedMachine } from "./powershell_machine.ts";
import { DISK_SCENARIOS } from "./powershell_disk_scenarios.ts";
import { ROLE_SCENARIOS } from "./powershell_role_scenarios.ts";
import { SHARE_SCENARIOS } from "./powershell_share_scenarios.ts";
import { TASK_SCENARIOS } from "./powershell_task_scenarios.ts";
import type { Scenario, Written } from "./powershell_written.ts";
import type { WindowsOnWine } from "../install/windows_on_wine.ts";

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...ROLE_SCENARIOS,
  ...SHARE_SCENARIOS,
  ...DISK_SCENARIOS,
  ...TASK_SCENARIOS,
};

/** Runs our part of the user data, and what it installs, through one scenario after the other. */
export async function scenarioCases(
  windows: WindowsOnWine,
  tools: { readonly scripts: string; readonly standIns: string },
  written: Written,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const machine = new RecordedMachine(windows, tools);
    const { why, ...rest } = await ask(name, () => scenario(machine, written));
    const said = machine.said.map((line) => `It said: ${line}`);
    cases.push(why === undefined ? rest : { ...rest, why: [why, ...said].join("\n") });
  }
  return cases;
}

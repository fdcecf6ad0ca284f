import type { WindowsOnWine } from "../install/windows_on_wine.ts";
import { ask, type Case } from "./judge.ts";
import { DISK_SCENARIOS } from "./powershell_disk_scenarios.ts";
import { IMAGE_SCENARIOS } from "./powershell_image_scenarios.ts";
import { RecordedMachine } from "./powershell_machine.ts";
import { POD_IDENTITY_SCENARIOS } from "./powershell_pod_identity_scenarios.ts";
import { ROLE_SCENARIOS } from "./powershell_role_scenarios.ts";
import { SHARE_SCENARIOS } from "./powershell_share_scenarios.ts";
import { SYSPREP_SCENARIOS } from "./powershell_sysprep_scenarios.ts";
import { TASK_SCENARIOS } from "./powershell_task_scenarios.ts";
import type { Scenario, Written } from "./powershell_written.ts";

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...ROLE_SCENARIOS,
  ...POD_IDENTITY_SCENARIOS,
  ...SHARE_SCENARIOS,
  ...DISK_SCENARIOS,
  ...TASK_SCENARIOS,
  ...SYSPREP_SCENARIOS,
  ...IMAGE_SCENARIOS,
};

/** Part of the names of the scenarios that run; without it all do. */
const FILTER_VARIABLE = "POWERSHELL_SCENARIOS";

/**
 * Runs our part of the user data, and what it installs, through all scenarios: one after the other on each machine.
 *
 * @param machines The machines that take turns.
 * @param filter Part of the names of the scenarios that run.
 */
export async function scenarioCases(
  machines: readonly WindowsOnWine[],
  tools: { readonly scripts: string; readonly standIns: string },
  written: Written,
  filter = Deno.env.get(FILTER_VARIABLE) ?? "",
): Promise<Case[]> {
  const scenarios = Object.entries(SCENARIOS).filter(([name]) => name.includes(filter));
  const cases = new Map<string, Case>();
  const waiting = [...scenarios];
  await Promise.all(machines.map(async (windows) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, scenario] = next;
      const machine = new RecordedMachine(windows, tools);
      const { why, ...rest } = await ask(name, () => scenario(machine, written));
      const said = machine.said.map((line) => `It said: ${line}`);
      cases.set(name, why === undefined ? rest : { ...rest, why: [why, ...said].join("\n") });
    }
  }));
  return scenarios.flatMap(([name]) => cases.get(name) ?? []);
}

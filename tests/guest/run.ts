/**
 * The tier that boots real guests. Usage: deno run --allow-all tests/guest/run.ts
 *   [--guest NAME,…] [--scenario NAME,…] [--jobs N]
 */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Guest, GUESTS } from "./guests.ts";
import { installMissing } from "./host_packages.ts";
import { interruption } from "./process.ts";
import { Report } from "./report.ts";
import { type Rig, setUp } from "./rig.ts";
import type { Scenario } from "./scenario.ts";
import { appliedVm } from "./scenarios/applied_vm.ts";
import { bothDeliveries } from "./scenarios/both_deliveries.ts";
import { cloudConfig } from "./scenarios/cloud_config.ts";
import { gzip } from "./scenarios/gzip.ts";
import { hardened } from "./scenarios/hardened.ts";
import { jinja } from "./scenarios/jinja.ts";
import { mime } from "./scenarios/mime.ts";
import { noCloudInit } from "./scenarios/no_cloud_init.ts";
import { noRole } from "./scenarios/no_role.ts";
import { originalExample } from "./scenarios/original_example.ts";
import { podIdentity } from "./scenarios/pod_identity.ts";
import { script } from "./scenarios/script.ts";
import { selinux } from "./scenarios/selinux.ts";

// The longest first, so that the last minutes are not one machine's.
const SCENARIOS: readonly Scenario[] = [
  selinux,
  noCloudInit,
  podIdentity,
  cloudConfig,
  mime,
  gzip,
  jinja,
  script,
  hardened,
  bothDeliveries,
  noRole,
  originalExample,
  appliedVm,
];

interface Job {
  readonly guest: Guest;
  readonly scenario: Scenario;
}

/** Those of the list that an option names, separated by commas; all of them without the option. */
function chosen<T extends { readonly name: string }>(
  list: readonly T[],
  option: string | undefined,
  kind: string,
): readonly T[] {
  if (option === undefined) return list;
  return option.split(",").map((name) => {
    const found = list.find((entry) => entry.name === name);
    if (found === undefined) {
      const names = list.map((entry) => entry.name).join(", ");
      throw new Error(`There is no ${kind} "${name}"; there are ${names}.`);
    }
    return found;
  });
}

/** Runs the jobs, so many at a time. */
async function runJobs(jobs: Job[], atOnce: number, rig: Rig, report: Report): Promise<void> {
  const worker = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      if (interruption.signal.aborted) return;
      const { guest, scenario } = job;
      report.progress(`${guest.name} ${scenario.name}: starts (${scenario.about})`);
      try {
        await scenario.run({ rig, guest, report });
      } catch (error) {
        if (interruption.signal.aborted) return;
        report.broken(guest, scenario.name, error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      guest: { type: "string" },
      scenario: { type: "string" },
      jobs: { type: "string", default: String(Math.min(availableParallelism(), 4)) },
    },
  });
  const guests = chosen(GUESTS, values.guest, "guest");
  const scenarios = chosen(SCENARIOS, values.scenario, "scenario");
  const report = new Report(console.log);
  await using stack = new AsyncDisposableStack();
  await installMissing((line) => report.progress(line));
  const rig = await setUp(guests, stack, (line) => report.progress(line));
  const jobs = scenarios.flatMap((scenario) =>
    guests.filter(({ name }) => scenario.guests?.includes(name) ?? true)
      .map((guest) => ({ guest, scenario }))
  );
  if (jobs.length === 0) {
    throw new Error("No scenario that was chosen boots a guest that was chosen.");
  }
  await runJobs(jobs, Number(values.jobs), rig, report);
  if (interruption.signal.aborted) throw new Error("Interrupted");
  const complete = scenarios.length === SCENARIOS.length;
  return report.finish(guests, complete) ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.addSignalListener(signal, () => interruption.abort());
}
try {
  Deno.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(interruption.signal.aborted ? 130 : 1);
}

import { repositoryPath } from "../support/paths.ts";
import { cpuShareBetween } from "./cpu_share.ts";
import type { Booted } from "./machine.ts";
import { expect } from "./report.ts";
import type { ScenarioContext } from "./scenario.ts";

// The target for what is the sidecar's of the boot, with an emulated CPU; and what is too much anywhere.
const TARGET_SECONDS = 1;
const CEILING_SECONDS = 3;

/**
 * How many processes the boothook is on Debian 13, with those that it starts, on each way. More are a
 * failure: docs/guest-programs.md names what each is for, and docs/performance.md what one costs.
 */
const MOST_PROCESSES: Readonly<Record<string, number>> = {
  "first boot, NoCloud": 17,
  "first boot, ConfigDrive": 17,
  "second boot, NoCloud": 17,
  "second boot, ConfigDrive": 17,
  "containerPath": 17,
  "share absent": 15,
  "token for a group": 20,
};

/** What checks/boot_cost.py prints. Moments are seconds of the guest's clock. */
interface Measured {
  readonly processorSeconds: number;
  readonly processes: number;
  readonly programs: number;
  readonly lostEvents: number;
  readonly began: number;
  readonly ended: number;
  readonly handlerLines: number;
  readonly handlerSeconds: number;
}

/**
 * Measures the processor time of the sidecar's own parts in this boot: the boothook with all that it
 * starts, and the part handler. A guest does not see that its emulated CPU waits for a core, and counts that
 * time as run; so it counts by the share of a core that the kernel says the machine had just then. To be
 * called soon after the boot: the guest keeps its last events only.
 *
 * A missed target is noted for the last lines; more than the ceiling is a failure.
 */
export async function bootCost(
  { guest, report }: ScenarioContext,
  what: string,
  { shell, cpuSamples }: Booted,
): Promise<void> {
  await report.check(guest, 8, what, async () => {
    const program = await Deno.readTextFile(repositoryPath("tests/guest/checks/boot_cost.py"));
    const measured = await shell.python(program, []) as Measured;
    const words = JSON.stringify(measured);
    expect(measured.lostEvents === 0, `the guest's trace is not whole: ${words}`);
    expect(measured.programs > 0, `the trace does not show the boothook: ${words}`);
    expect(measured.handlerLines > 0, `the log does not show the part handler: ${words}`);

    const most = guest.name === "debian13" ? MOST_PROCESSES[what] ?? 0 : Infinity;
    expect(measured.processes <= most, `there should be at most ${most} processes: ${words}`);

    const behind = Date.now() - await shell.now();
    const moment = (seconds: number) => seconds * 1_000 + behind;
    const share = cpuShareBetween(cpuSamples, moment(measured.began), moment(measured.ended));
    const counted = measured.processorSeconds + measured.handlerSeconds;
    const seconds = counted * share;
    const met = seconds < TARGET_SECONDS;
    report.target(
      `${guest.name} ${what} under ${TARGET_SECONDS} s`,
      `${seconds.toFixed(2)} s`,
      met,
    );
    expect(
      seconds < CEILING_SECONDS,
      `${seconds.toFixed(2)} s of processor time, ${CEILING_SECONDS} s are too much: ${words}`,
    );
    return `${seconds.toFixed(2)} s of processor time (by the guest's clock the boothook's ` +
      `${measured.processes} processes with ${measured.programs} programs ${
        measured.processorSeconds.toFixed(2)
      } s and the part handler ` +
      `${measured.handlerSeconds.toFixed(2)} s, with ${(share * 100).toFixed(0)} % of a core); ` +
      `the target of under ${TARGET_SECONDS} s is ${met ? "met" : "missed"}`;
  });
}

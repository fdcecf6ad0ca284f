import { repositoryPath } from "../support/paths.ts";
import { cpuShareBetween } from "./cpu_share.ts";
import type { Booted } from "./machine.ts";
import { expect } from "./report.ts";
import type { ScenarioContext } from "./scenario.ts";

// The target for the sidecar's part of the boot with an emulated CPU, and the limit on any machine.
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
 * Measures the processor time of the sidecar's parts in this boot: the boothook with all that it starts, and the part
 * handler. A guest counts the time for which its emulated CPU waits for a core as processor time. So the times are
 * multiplied by the share of a core that the machine had at that moment. Call it soon after the boot, because the guest
 * keeps only its last events.
 *
 * A missed target is printed at the end. More than the limit is a failure.
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

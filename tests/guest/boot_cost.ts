import { repositoryPath } from "../support/paths.ts";
import { cpuShareBetween } from "./cpu_share.ts";
import type { Booted } from "./machine.ts";
import { expect } from "./report.ts";
import type { ScenarioContext } from "./scenario.ts";

// The target for the sidecar's part of the boot with an emulated CPU, and the limit on any machine.
const TARGET_SECONDS = 1;
const CEILING_SECONDS = 3;

/**
 * How many processes a part is on Debian 13, with those that it starts, on each way. More are a failure:
 * docs/guest-programs.md names what each is for, and docs/performance.md what one costs.
 */
const MOST_PROCESSES: Readonly<Record<string, number>> = {
  "first boot, NoCloud": 17,
  "first boot, ConfigDrive": 17,
  "second boot, NoCloud": 17,
  "second boot, ConfigDrive": 17,
  "containerPath": 17,
  "share absent": 15,
  "token for a group": 20,
  // PID 1 does not start the unit where cloud-init runs.
  "both deliveries, cloud-init": 17,
  "both deliveries, without cloud-init": 19,
  "the domain": 19,
};

/** A part of the boot, as checks/boot_cost.py prints it. Moments are seconds of the guest's clock. */
interface Part {
  readonly processorSeconds: number;
  readonly processes: number;
  readonly programs: number;
  readonly began: number;
  readonly ended: number;
  /** Of the boothook alone. */
  readonly handlerLines?: number;
  readonly handlerSeconds?: number;
}

interface Measured {
  readonly boothook: Part | null;
  /** What the unit that came with the domain has run. */
  readonly unit: Part | null;
  readonly lostEvents: number;
}

/**
 * Measures the processor time of the sidecar's part in this boot: the boothook with all that it starts and the part
 * handler, or what the domain brought. A guest counts the time for which its emulated CPU waits for a core as processor
 * time. So the times are multiplied by the share of a core that the machine had at that moment. Call it soon after the
 * boot, because the guest keeps only its last events.
 *
 * A missed target is printed at the end. More than the limit is a failure, and so is a part of the other delivery.
 */
export async function bootCost(
  { guest, report }: ScenarioContext,
  what: string,
  { shell, cpuSamples }: Booted,
  delivery: "cloud-init" | "domain" = "cloud-init",
): Promise<void> {
  await report.check(guest, 8, what, async () => {
    const program = await Deno.readTextFile(repositoryPath("tests/guest/checks/boot_cost.py"));
    const measured = await shell.python(program, []) as Measured;
    const words = JSON.stringify(measured);
    expect(measured.lostEvents === 0, `the guest's trace is not whole: ${words}`);
    const [part, other] = delivery === "domain"
      ? [measured.unit, measured.boothook]
      : [measured.boothook, measured.unit];
    expect(part !== null && part.programs > 0, `the trace does not show the delivery: ${words}`);
    expect(other === null, `the role came by both deliveries in one boot: ${words}`);
    const { handlerLines = 0, handlerSeconds = 0 } = part;
    expect(
      delivery === "domain" || handlerLines > 0,
      `the log does not show the part handler: ${words}`,
    );

    const most = guest.name === "debian13" ? MOST_PROCESSES[what] ?? 0 : Infinity;
    expect(part.processes <= most, `there should be at most ${most} processes: ${words}`);

    const behind = Date.now() - await shell.now();
    const moment = (seconds: number) => seconds * 1_000 + behind;
    const share = cpuShareBetween(cpuSamples, moment(part.began), moment(part.ended));
    const seconds = (part.processorSeconds + handlerSeconds) * share;
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
    const handler = delivery === "domain"
      ? ""
      : ` and the part handler ${handlerSeconds.toFixed(2)} s`;
    return `${seconds.toFixed(2)} s of processor time (by the guest's clock the ` +
      `${delivery === "domain" ? "unit" : "boothook"}'s ${part.processes} processes with ` +
      `${part.programs} programs ${part.processorSeconds.toFixed(2)} s${handler}, with ` +
      `${(share * 100).toFixed(0)} % of a core); the target of under ${TARGET_SECONDS} s is ` +
      `${met ? "met" : "missed"}`;
  });
}

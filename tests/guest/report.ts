import { type Guest, GUESTS } from "./guests.ts";
import { interruption } from "./process.ts";

/** What must hold in the guest. */
export const POINTS = {
  1: "An unprivileged program gets the role: login shell, service, cron, runcmd",
  2: "The owner's user data takes effect as without the sidecar",
  3: "A new token reaches every reader, whole and in time",
  4: "After a restart with another role, the guest has the new one only",
  5: "Both layouts of the token's folder, and a share that comes late",
  6: "Without a role, the guest is as without the sidecar",
  7: "A containerPath volume is mounted by its own tag",
  8: "What the sidecar adds to the boot",
  9: "Where no cloud-init runs, the role comes with the domain",
  10: "With SELinux enforcing, confined services can read the token too",
  11: "With EKS Pod Identity, behind masquerade, an unprivileged program gets the role",
} as const;

export type Point = keyof typeof POINTS;

/** The guests in which a point is looked at, where those are not all. */
const ONLY: Partial<Record<Point, readonly string[]>> = {
  9: ["debian12", "debian13"],
  10: ["debian13"],
  11: ["debian13"],
};

const NUMBERS = Object.keys(POINTS).map(Number) as Point[];

// For all guests and scenarios on two cores.
const TARGET_MINUTES = 50;

interface Evidence {
  readonly guest: Guest;
  readonly point: Point;
  readonly what: string;
  readonly error: string | undefined;
  readonly detail: string;
  readonly seconds: number;
  /** Shows what the product does not do. */
  readonly limit: boolean;
}

/** Collects what was checked, and prints it. */
export class Report {
  private readonly evidence: Evidence[] = [];
  private readonly unfinished: { readonly guest: Guest; readonly words: string }[] = [];
  private readonly missed: string[] = [];
  private readonly started = Date.now();

  constructor(private readonly print: (line: string) => void) {}

  /** Counts a scenario that did not come to its end as one failure, listed under its guest. */
  broken(guest: Guest, scenario: string, error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    this.unfinished.push({ guest, words: `${scenario} did not come to its end: ${words}` });
    this.progress(`${guest.name} ${scenario}: FAILED: ${words}`);
  }

  /** How many checks of a guest have failed so far. */
  failures(guest: Guest): number {
    return this.evidence.filter((entry) =>
      entry.guest.name === guest.name && entry.error !== undefined
    ).length;
  }

  /** A line of progress, with the time since the start. */
  progress(line: string): void {
    this.print(`[${this.elapsed()}] ${line}`);
  }

  /** Records whether a target was met. A missed target is no failure, and is in the last line. */
  target(what: string, measured: string, met: boolean): void {
    if (!met) this.missed.push(`${what} (${measured})`);
  }

  /** A check that the product does not do something, as its documents say. */
  async limit(
    guest: Guest,
    point: Point,
    what: string,
    check: () => Promise<string> | string,
  ): Promise<boolean> {
    return await this.check(guest, point, what, check, true);
  }

  /**
   * Runs a check and records its result.
   *
   * @param check returns the evidence in words; throws if the point does not hold
   * @returns whether it holds.
   */
  async check(
    guest: Guest,
    point: Point,
    what: string,
    check: () => Promise<string> | string,
    limit = false,
  ): Promise<boolean> {
    const started = Date.now();
    let detail = "";
    let error: string | undefined;
    try {
      detail = await check();
    } catch (thrown) {
      if (interruption.signal.aborted) throw thrown;
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    const seconds = (Date.now() - started) / 1_000;
    this.evidence.push({ guest, point, what, error, detail, seconds, limit });
    const words = error === undefined ? `${limit ? "limit" : "ok"}: ${detail}` : `FAILED: ${error}`;
    this.progress(`${guest.name} ${point} ${what}: ${words}`);
    return error === undefined;
  }

  /**
   * Prints the points for each guest, and the line of totals.
   *
   * @param complete whether all points had to be checked: a point without evidence is then a failure
   * @returns whether all of it held.
   */
  finish(guests: readonly Guest[], complete: boolean): boolean {
    let missing = 0;
    for (const guest of guests) {
      this.print(`\n${guest.title}`);
      for (const point of NUMBERS.filter((point) => ONLY[point]?.includes(guest.name) ?? true)) {
        const found = this.evidence.filter((entry) =>
          entry.guest.name === guest.name && entry.point === point
        );
        const failed = found.some((entry) => entry.error !== undefined);
        const absent = found.length === 0;
        if (absent && complete) missing += 1;
        const verdict = absent ? (complete ? "FAILED" : "not run") : failed ? "FAILED" : "holds";
        this.print(`  ${point}. ${POINTS[point]}: ${verdict}`);
        if (absent && complete) this.print("       no check of this point came to its end");
        for (const { what, error, detail, seconds, limit } of found) {
          const mark = error !== undefined ? "FAILED" : limit ? "limit " : "ok    ";
          this.print(`       ${mark} ${what} (${seconds.toFixed(1)} s): ${error ?? detail}`);
        }
      }
      for (const { words } of this.unfinished.filter((entry) => entry.guest.name === guest.name)) {
        this.print(`  FAILED ${words}`);
      }
    }
    const passed = this.evidence.filter(({ error }) => error === undefined).length;
    const failed = this.evidence.length - passed + missing + this.unfinished.length;
    if (complete && guests.length === GUESTS.length) {
      const met = Date.now() - this.started < TARGET_MINUTES * 60_000;
      this.target(`the tier within ${TARGET_MINUTES} minutes`, this.elapsed(), met);
    }
    this.print(`\nThe tier took ${this.elapsed()} (minutes:seconds).`);
    const missed = this.missed.length === 0 ? "none" : this.missed.join(", ");
    this.print(`${passed} passed, ${failed} failed; targets missed: ${missed}`);
    return failed === 0 && passed > 0;
  }

  private elapsed(): string {
    const total = Math.round((Date.now() - this.started) / 1_000);
    return `${String(Math.floor(total / 60)).padStart(2, "0")}:${
      String(total % 60).padStart(2, "0")
    }`;
  }
}

/** @throws with the sentence if the condition does not hold. */
export function expect(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence);
}

/** One line of the tier's table: a topic with many checks. */
export interface Item {
  readonly name: string;
  run(report: Report): Promise<void>;
}

/** Collects the results of an item's checks, and prints each when it is done. */
export class Report {
  cases = 0;
  readonly failures: string[] = [];
  /** The checks that this machine could not run. */
  readonly notTried: string[] = [];

  /**
   * Runs a check and prints its result.
   *
   * @param attempt Returns the number of cases; undefined is one.
   */
  async check(name: string, attempt: () => Promise<number | void> | number | void): Promise<void> {
    const started = performance.now();
    try {
      const cases = await attempt() ?? 1;
      this.cases += cases;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`  ok      ${name} (${cases} ${cases === 1 ? "case" : "cases"}, ${seconds} s)`);
    } catch (error) {
      this.cases++;
      this.failures.push(name);
      const message = error instanceof Error ? error.message : String(error);
      console.log(`  FAILED  ${name}\n${message.slice(0, 3000).replace(/^/gm, "            ")}`);
    }
  }

  /** Records that this machine lacks what a check needs. This is not a success. */
  skip(name: string, reason: string): void {
    this.notTried.push(name);
    console.log(`  --      ${name}: not tried, ${reason}`);
  }
}

/** Fails with a sentence unless a condition holds. */
export function ensure(condition: boolean, problem: string | (() => string)): asserts condition {
  if (!condition) throw new Error(typeof problem === "string" ? problem : problem());
}

/** Waits for a time. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until a condition holds, which nothing announces; fails with a sentence after ten seconds. */
export async function until(condition: () => Promise<boolean>, problem: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    ensure(Date.now() < deadline, problem);
    await pause(10);
  }
}

/** The result of a promise, or an error with a sentence after a time. */
export async function within<Value>(
  milliseconds: number,
  promise: Promise<Value>,
  problem: string,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

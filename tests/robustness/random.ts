import fc from "fast-check";

/** The seed of every property; `ROBUSTNESS_SEED` repeats an earlier run. */
export const SEED = Number(Deno.env.get("ROBUSTNESS_SEED") ?? Date.now() & 0x7fffffff);

/** The number of cases of each property: 10,000 in CI, fewer elsewhere; `ROBUSTNESS_CASES` sets it. */
export const CASES = Number(
  Deno.env.get("ROBUSTNESS_CASES") ?? (Deno.env.get("CI") === "true" ? 10_000 : 1_000),
);

/**
 * Tries a property and returns the number of cases. A failure names the seed, and the smallest case that
 * fast-check found in half a minute.
 */
export async function holds<Values extends [unknown, ...unknown[]]>(
  property: fc.IRawProperty<Values>,
  cases = CASES,
): Promise<number> {
  const started = performance.now();
  let limit = Number.POSITIVE_INFINITY;
  const bounded = new Bounded(property, () => performance.now() > limit, () => {
    limit = Math.min(limit, performance.now() + 30_000);
  });
  const details = await fc.check(bounded, { seed: SEED, numRuns: cases });
  if (details.failed) {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const cause = details.errorInstance instanceof Error
      ? details.errorInstance.message
      : String(details.errorInstance);
    throw new Error(
      `${cause}\nsmallest case: ${fc.stringify(details.counterexample)}\n` +
        `repeat with ROBUSTNESS_SEED=${SEED} ROBUSTNESS_CASES=${cases} (case ${details.numRuns}, ${seconds} s)`,
    );
  }
  return details.numRuns;
}

/** A property that stops looking for a smaller failing case when the time for that is over. */
class Bounded<Values> implements fc.IRawProperty<Values> {
  readonly runBeforeEach: fc.IRawProperty<Values>["runBeforeEach"];
  readonly runAfterEach: fc.IRawProperty<Values>["runAfterEach"];

  constructor(
    private readonly inner: fc.IRawProperty<Values>,
    private readonly late: () => boolean,
    private readonly failed: () => void,
  ) {
    this.runBeforeEach = () => inner.runBeforeEach();
    this.runAfterEach = () => inner.runAfterEach();
  }

  isAsync() {
    return this.inner.isAsync();
  }

  generate(random: fc.Random, run?: number) {
    return this.inner.generate(random, run);
  }

  shrink(value: fc.Value<Values>): fc.Stream<fc.Value<Values>> {
    return this.late() ? fc.Stream.nil() : this.inner.shrink(value);
  }

  run(value: Values) {
    if (this.late()) return null;
    const outcome = this.inner.run(value);
    const noticed = (result: Awaited<typeof outcome>) => {
      if (result !== null) this.failed();
      return result;
    };
    return outcome instanceof Promise ? outcome.then(noticed) : noticed(outcome);
  }
}

/** One question that was put to a judge, and whether its answer agreed with what we promise. */
export interface Case {
  readonly name: string;
  readonly agreed: boolean;
  /** What was expected and what came instead. Only where the judge does not agree. */
  readonly why?: string;
}

/** A row of the final table. */
export interface Verdict {
  readonly judge: string;
  readonly version: string;
  readonly cases: readonly Case[];
  /** A remark for the table, such as what the judge could not look at here. */
  readonly note?: string;
  /** Why the judge was not run at all, which is no failure. It has no cases then. */
  readonly notRun?: string;
}

/** What every judge is given. */
export interface Bench {
  /** The repository's root. */
  readonly repository: string;
  /** `.cache/conformance`: installed programs, and the judges' scratch folders. */
  readonly cache: string;
  /** Says on the terminal which step is running. */
  progress(step: string): void;
}

/** A program, or a library of its release, that judges what the sidecar writes. */
export interface Judge {
  readonly name: string;
  /**
   * Installs the judge and puts all cases to it.
   *
   * @throws {JudgeMissing} if the judge is neither installed nor installable here
   */
  judge(bench: Bench): Promise<Verdict[]>;
}

/** The judge cannot be had on this machine. Outside CI it is skipped by name, in CI it is a failure. */
export class JudgeMissing extends Error {
  override readonly name = "JudgeMissing";
}

/** Runs one question and turns a thrown error into the case's reason. */
export async function ask(name: string, question: () => Promise<void> | void): Promise<Case> {
  try {
    await question();
    return { name, agreed: true };
  } catch (error) {
    return { name, agreed: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Fails the case it stands in, with a sentence. */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

/**
 * A corpus that has lost its files judges nothing.
 *
 * @throws {Error} if there are fewer than `least`
 */
export function expectAtLeast(least: number, found: number, what: string): void {
  if (found < least) throw new Error(`There are ${found} ${what}; there have to be ${least}`);
}

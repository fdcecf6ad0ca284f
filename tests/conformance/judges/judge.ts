/** One case for a judge, and whether the judge agrees with what the sidecar promises. */
export interface Case {
  readonly name: string;
  readonly agreed: boolean;
  /** What was expected, and the result; only if the judge does not agree. */
  readonly why?: string;
}

/** A row of the final table. */
export interface Verdict {
  readonly judge: string;
  readonly version: string;
  readonly cases: readonly Case[];
  /** A remark for the table, such as what the judge could not check here. */
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
  /** Does what takes long, while other judges run. `judge` waits for it, and throws its errors. */
  prepare?(bench: Bench): Promise<unknown>;
  /**
   * Installs the judge, and runs all cases.
   *
   * @throws {JudgeMissing} if the judge is neither installed nor installable here
   */
  judge(bench: Bench): Promise<Verdict[]>;
}

/** The judge is not available on this machine. In CI that is a failure; elsewhere the judge is skipped by name. */
export class JudgeMissing extends Error {
  override readonly name = "JudgeMissing";
}

/** Runs one case. The message of a thrown error becomes the case's reason. */
export async function ask(name: string, question: () => Promise<void> | void): Promise<Case> {
  try {
    await question();
    return { name, agreed: true };
  } catch (error) {
    return { name, agreed: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Fails the case that calls it, with a sentence. */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

/**
 * Fails if a corpus has lost files: it would no longer test what it should.
 *
 * @throws {Error} if there are fewer than `least`
 */
export function expectAtLeast(least: number, found: number, what: string): void {
  if (found < least) throw new Error(`There are ${found} ${what}; there have to be ${least}`);
}

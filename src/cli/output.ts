import { systemReason } from "../text/system_error.ts";

/** Says on stderr what went wrong. Where that cannot be written either, the exit code has to do. */
export function complain(sentence: string): void {
  try {
    console.error(`eks-irsa-sidecar: ${sentence}`);
  } catch {
    // Nobody can read it.
  }
}

/**
 * Prints until it is done, or until whoever reads the output has had enough of it, as head has.
 *
 * @throws if the output cannot be written for another reason.
 */
export function untilNobodyReads(print: () => void): void {
  try {
    print();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** What to say of an error of writing the output; undefined if it is another error. */
export function outputProblem(error: unknown): string | undefined {
  const reason = systemReason(error);
  return reason === undefined ? undefined : `The output cannot be written: ${reason}.`;
}

import { systemReason } from "../text/system_error.ts";

/** Prints an error message on stderr. If that fails too, the exit code alone tells of the error. */
export function printError(sentence: string): void {
  try {
    console.error(`eks-irsa-sidecar: ${sentence}`);
  } catch {
    // Stderr is closed: there is nowhere to print to.
  }
}

/**
 * Runs a function that prints, and ends quietly if the reader closes the pipe first, as `head` does.
 *
 * @throws whatever else the function throws, such as a full disk.
 */
export function ignoreBrokenPipe(print: () => void): void {
  try {
    print();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** The error message for a failed write to stdout; undefined if it is another error. */
export function outputProblem(error: unknown): string | undefined {
  const reason = systemReason(error);
  return reason === undefined ? undefined : `The output cannot be written: ${reason}.`;
}

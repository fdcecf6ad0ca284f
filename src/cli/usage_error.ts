/** A mistake in the command line. The message is one line, and says what to use instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A mistake in the command line. The message is one line, and says what to use instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The error for a value that a flag cannot have. */
export function invalidValue(flag: string, value: string, advice: string): UsageError {
  return new UsageError(`The flag --${flag} cannot be ${JSON.stringify(value)}. ${advice}`);
}

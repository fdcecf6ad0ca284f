/** The command line is not one that the program knows. The message is one line and names what is valid. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

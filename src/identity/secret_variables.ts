/** Whether the value of a variable is a credential. The path of a file is not. */
export function isSecretVariable(name: string): boolean {
  return /SECRET|PASSWORD|ACCESS_KEY|TOKEN/i.test(name) && !/_(FILE|PATH|DIR)$/i.test(name);
}

/** Whether a word is one of a list, which has them with spaces between them. */
export function isOneOf(list: string, word: string | undefined): boolean {
  return word !== undefined && list.split(" ").includes(word);
}

/** The name of a program or a file, without its folder. */
export function nameOf(path: string): string {
  return path.replace(/^.*\//, "");
}

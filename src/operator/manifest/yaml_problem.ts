/** Thrown for a part of a YAML file that kubectl refuses. The message is a clause without a word of the file. */
export class YamlProblem extends Error {
  /** @param at The offset in the file, in UTF-16 code units. */
  constructor(message: string, readonly at: number) {
    super(message);
  }
}

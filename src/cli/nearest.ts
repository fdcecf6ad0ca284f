import leven, { closestMatch } from "leven";

/** Words that differ in more letters are taken for different words, not for a typing mistake. */
const MAX_EDITS = 2;

/**
 * Finds the word that was probably meant.
 *
 * @returns The nearest word by edit distance. It is at most two edits away, and fewer than half of its letters
 * have to be edited.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const candidates = words.filter((word) => leven(typed, word) * 2 < word.length);
  return closestMatch(typed, candidates, { maxDistance: MAX_EDITS });
}

/** More mistakes than this make another word of a word. */
const MOST_MISTAKES = 2;

/**
 * The one of some words that was probably meant: one that takes at most two mistakes, and fewer than half of the
 * letters, to become what was typed.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, mistakes: mistakesBetween(typed, word) }))
    .filter(({ word, mistakes }) => mistakes <= MOST_MISTAKES && mistakes * 2 < word.length)
    .sort((one, other) => one.mistakes - other.mistakes);
  return best?.word;
}

/** The edits of one letter between two words, by Levenshtein's recurrence, one row of its table at a time. */
function mistakesBetween(typed: string, word: string): number {
  let row = Array.from({ length: word.length + 1 }, (_, index) => index);
  for (const [above, letter] of [...typed].entries()) {
    const next = [above + 1];
    for (const [index, other] of [...word].entries()) {
      next.push(Math.min(
        (row[index] ?? 0) + (letter === other ? 0 : 1),
        (row[index + 1] ?? 0) + 1,
        (next[index] ?? 0) + 1,
      ));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Words that differ in more letters are taken for different words, not for a typing mistake. */
const MAX_EDITS = 2;

/**
 * Finds the word that was probably meant.
 *
 * @returns The nearest word by edit distance. It is at most two edits away, and fewer than half of its letters
 * have to be edited.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, edits: editDistance(typed, word) }))
    .filter(({ word, edits }) => edits <= MAX_EDITS && edits * 2 < word.length)
    .sort((one, other) => one.edits - other.edits);
  return best?.word;
}

/** The Levenshtein distance of two words, computed one row of the table at a time. */
function editDistance(typed: string, word: string): number {
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

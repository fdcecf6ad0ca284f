/**
 * Line and column of an offset, both counted from 1, as errors show them. A column is a character, and
 * not one of the two units that JavaScript has for those beyond the BMP.
 */
export function position(text: string, offset: number): string {
  const before = withLineFeeds(text).slice(0, offset);
  let [line, start] = [1, 0];
  for (let at = before.indexOf("\n"); at !== -1; at = before.indexOf("\n", start)) {
    line++;
    start = at + 1;
  }
  const column = Array.from(before.slice(start)).length + 1;
  return ` (line ${line}, column ${column})`;
}

/**
 * The text with every line break as LF (https://www.w3.org/TR/xml/#sec-line-ends), and still of the same
 * length, so that offsets fit both.
 */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, (lineBreak) => lineBreak.length === 2 ? " \n" : "\n");
}

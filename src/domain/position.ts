/**
 * Line and column of an offset, for an error message. Both count from 1. Columns count characters (code points),
 * offsets count UTF-16 code units.
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
 * The text with every line break as LF (https://www.w3.org/TR/xml/#sec-line-ends). Its length, and so every
 * offset, stays the same: CR LF becomes a space and LF.
 */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, (lineBreak) => lineBreak.length === 2 ? " \n" : "\n");
}

/**
 * A name that somebody else chose, short enough for a status and a line of a log: names of elements and
 * labels may be of any length.
 */
export function clipped(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100).toWellFormed()}…`;
}

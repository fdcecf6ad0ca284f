/** What is longer is cut. In UTF-16 code units. */
const MAX_LENGTH = 100;

/**
 * Shortens a text that somebody else chose, such as the name of an element or the value of a label: it may
 * be of any length, and has to fit into a status and a line of a log.
 */
export function truncate(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).toWellFormed()}…`;
}

/** Ways to set off text on a terminal. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly quiet: (text: string) => string;
}

/** ECMA-48 SGR, with colours that a terminal's owner can choose. */
const COLOURED: Style = {
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  doubtful: (text) => `\x1b[33m${text}\x1b[39m`,
  quiet: (text) => `\x1b[2m${text}\x1b[22m`,
};

const PLAIN: Style = {
  strong: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  doubtful: (text) => text,
  quiet: (text) => text,
};

/**
 * Colours on a terminal, none anywhere else, and never with NO_COLOR (https://no-color.org).
 *
 * @param noColor The variable NO_COLOR; an empty one counts as absent.
 */
export function styleFor(isTerminal: boolean, noColor: string | undefined): Style {
  return isTerminal && !noColor ? COLOURED : PLAIN;
}

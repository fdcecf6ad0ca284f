/** How text is highlighted on a terminal. */
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

/** The environment variables that switch colours off. */
export interface StyleEnvironment {
  /** https://no-color.org: empty is the same as absent. */
  readonly NO_COLOR?: string;
  /** The type of the terminal, of which `dumb` has no escape sequences: terminfo(5). */
  readonly TERM?: string;
}

/**
 * Chooses colours for a terminal that has them, and plain text otherwise.
 *
 * @param isTerminal Whether the stream that is written to is a terminal: stdout and stderr may differ.
 */
export function styleFor(isTerminal: boolean, { NO_COLOR, TERM }: StyleEnvironment): Style {
  return isTerminal && !NO_COLOR && TERM !== "dumb" ? COLOURED : PLAIN;
}

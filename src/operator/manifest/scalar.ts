/** A scalar of a YAML file: how it is written, and what its text in the file is. */
export interface WrittenScalar {
  /** The `yaml` package's name of the style. */
  readonly style: string;
  readonly source: string;
  readonly value: string;
}

/**
 * Where in its source a character of a scalar's value stands. Folding, indentation and chomping change
 * nothing but white space (YAML 1.2, chapters 7 and 8), so that the other characters can be counted.
 */
export function placeInSource({ style, source, value }: WrittenScalar, character: number): number {
  const before = value.slice(0, character).replace(/\s+/g, "").length;
  const isBlock = style.startsWith("BLOCK_");
  const token = new RegExp(TOKENS.get(style) ?? /\S/g);
  // The first line of a block scalar is its header; a quoted one begins behind its quote.
  const start = isBlock ? source.indexOf("\n") + 1 : style.startsWith("QUOTE_") ? 1 : 0;
  token.lastIndex = start;
  let place = start;
  for (let count = -1; count < before;) {
    const found = token.exec(source);
    if (found === null) break;
    if (ESCAPED_SPACE.test(found[0])) continue;
    place = found.index;
    count++;
  }
  return place;
}

/** What stands for one character of the value, where that is not the character itself. */
const TOKENS: ReadonlyMap<string, RegExp> = new Map([
  ["QUOTE_SINGLE", /''|\S/g],
  ["QUOTE_DOUBLE", /\\(?:x..|u.{4}|U.{8}|[^])|\S/g],
]);

/** Escapes that stand for white space: https://yaml.org/spec/1.2.2/#57-escaped-characters */
const ESCAPED_SPACE = /^\\[\sntrvf_NLP]/;

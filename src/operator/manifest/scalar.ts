/** A scalar of a YAML file, as it is written and as it is read. */
export interface WrittenScalar {
  /** The style, as the package `yaml` names it. */
  readonly style: string;
  /** The text in the file. */
  readonly source: string;
  readonly value: string;
}

/**
 * Finds a character of a scalar's value in its source. Folding, indentation and chomping change only white
 * space (YAML 1.2, chapters 7 and 8), so that the other characters can be counted.
 *
 * @param character The offset in the value.
 * @returns The offset in the source.
 */
export function placeInSource({ style, source, value }: WrittenScalar, character: number): number {
  const before = value.slice(0, character).replace(/\s/g, "").length;
  const isBlock = style.startsWith("BLOCK_");
  const token = new RegExp(TOKENS.get(style) ?? /\S/g);
  // The first line of a block scalar is its header. A quoted scalar starts behind its quote.
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

/** The styles whose source may have several characters for one of the value. */
const TOKENS: ReadonlyMap<string, RegExp> = new Map([
  ["QUOTE_SINGLE", /''|\S/g],
  ["QUOTE_DOUBLE", /\\(?:x..|u.{4}|U.{8}|[^])|\S/g],
]);

/** Escapes of what is white space in JavaScript: https://yaml.org/spec/1.2.2/#57-escaped-characters */
const ESCAPED_SPACE = /\\[\sntrvf_LP]/;

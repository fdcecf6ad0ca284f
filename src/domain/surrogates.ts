/** The first of 2048 letters that may start a name (https://www.w3.org/TR/xml/#NT-NameStartChar). */
const FIRST_LETTER = 0x4e00;

const FIRST_SURROGATE = 0xd800;

/**
 * Replaces each surrogate, which is half of a character beyond U+FFFF in UTF-16, by a letter: each of the 2048
 * surrogates by another one. The text keeps its length, and a name stays a name.
 *
 * With surrogates in the text, the parser has to convert between characters and code units at each position it
 * reports, in a time that grows faster than the text.
 */
export function withoutSurrogates(text: string): string {
  return text.replace(
    /[\uD800-\uDFFF]/g,
    (unit) => String.fromCharCode(unit.charCodeAt(0) - FIRST_SURROGATE + FIRST_LETTER),
  );
}

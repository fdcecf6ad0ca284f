import { Buffer } from "node:buffer";

/**
 * Replaces each surrogate, which is half of a character beyond U+FFFF in UTF-16, by a letter: each of the 2048
 * surrogates by another one. The text keeps its length, and a name stays a name.
 *
 * With surrogates in the text, the parser has to convert between characters and code units at each position it
 * reports, in a time that grows faster than the text.
 */
export function withoutSurrogates(text: string): string {
  if (!/[\uD800-\uDFFF]/.test(text)) return text;
  const units = Buffer.from(text, "utf16le");
  for (let high = 1; high < units.length; high += 2) {
    const byte = units[high] ?? 0;
    if (byte >= 0xd8 && byte <= 0xdf) units[high] = byte - 0xd8 + FIRST_LETTERS;
  }
  return units.toString("utf16le");
}

/**
 * The high byte of U+4E00, the first of 2048 letters that may start a name
 * (https://www.w3.org/TR/xml/#NT-NameStartChar).
 */
const FIRST_LETTERS = 0x4e;

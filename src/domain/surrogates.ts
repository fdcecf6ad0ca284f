import { Buffer } from "node:buffer";

/**
 * Text with a letter for each of the two units of a character beyond the BMP, another one for another unit, and
 * so of the same length. The parser counts characters where it meets such ones, in a time that grows faster
 * than the text; without them its places are offsets. Whatever may stand in a name still may.
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

/** The high byte of 2048 units from U+4E00 on, which may begin a name: https://www.w3.org/TR/xml/#NT-NameStartChar */
const FIRST_LETTERS = 0x4e;

import { Buffer } from "node:buffer";

/** Bytes as base64 on one line (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** A line of MIME in characters, and the bytes that it encodes. */
const LINE = { characters: 76, bytes: 57 };

/** What is encoded at once, in lines. */
const PIECE = 64;

/**
 * Bytes as base64 in lines of 76 characters, as MIME wants them (RFC 2045, section 6.8), in pieces to be
 * joined: a large text is then copied no more often than it has to be.
 */
export function encodeBase64Lines(bytes: Uint8Array): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE * LINE.bytes) {
    const encoded = encodeBase64(bytes.subarray(start, start + PIECE * LINE.bytes));
    const lines: string[] = start > 0 ? [""] : [];
    for (let line = 0; line < encoded.length; line += LINE.characters) {
      lines.push(encoded.slice(line, line + LINE.characters));
    }
    pieces.push(lines.join("\n"));
  }
  return pieces;
}

/** The bytes of base64 as Kubernetes accepts it: with line breaks, or nothing if it is something else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/[\r\n]/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0
    ? new Uint8Array(Buffer.from(compact, "base64"))
    : undefined;
}

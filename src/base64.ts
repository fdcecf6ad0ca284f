import { Buffer } from "node:buffer";

/** Bytes as base64 on one line (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** What is encoded at once, in bytes: whole lines of 57 bytes, which are 76 characters. */
const PIECE = 57 * 64;

/**
 * Bytes as base64 in lines of 76 characters, as MIME wants them (RFC 2045, section 6.8), in pieces to be
 * joined: a large text is then copied no more often than it has to be.
 */
export function encodeBase64Lines(bytes: Uint8Array): readonly string[] {
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; start += PIECE) {
    if (start > 0) pieces.push("\n");
    pieces.push(
      encodeBase64(bytes.subarray(start, start + PIECE)).replace(/.{76}(?=.)/g, "$&\n"),
    );
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

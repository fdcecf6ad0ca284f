/** A line of MIME (RFC 2045, section 6.8), and what it encodes. */
const LINE_CHARACTERS = 76;
const LINE_BYTES = 57;

/** What is encoded at once. */
const PIECE_LINES = 64;

/**
 * Encodes bytes as base64 in lines of 76 characters, as MIME wants them.
 *
 * @returns Pieces to be joined, so that a large text is not copied once more than needed.
 */
export function encodeBase64Lines(bytes: Uint8Array): readonly string[] {
  const pieces: string[] = [];
  const pieceBytes = PIECE_LINES * LINE_BYTES;
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    const encoded = bytes.subarray(start, start + pieceBytes).toBase64();
    const lines: string[] = start > 0 ? [""] : [];
    for (let line = 0; line < encoded.length; line += LINE_CHARACTERS) {
      lines.push(encoded.slice(line, line + LINE_CHARACTERS));
    }
    pieces.push(lines.join("\n"));
  }
  return pieces;
}

/**
 * Decodes base64 as Kubernetes and KubeVirt do, which use Go's `base64.StdEncoding`: line breaks may stand
 * anywhere, other white space may not, and the padding is required.
 *
 * @returns Undefined if the text is not such base64.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (/[^A-Za-z0-9+/=\r\n]/.test(text)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text);
    // Missing padding is no error to fromBase64.
    const isPadded = bytes.length % 3 === 0 || text.includes("=");
    return isPadded ? bytes : undefined;
  } catch {
    return undefined;
  }
}

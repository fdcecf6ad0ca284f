import type { GuestPart, GuestParts } from "../guest/guest.ts";
import { encodeBase64Lines } from "../text/base64.ts";
import { boundaryOf, headerOf } from "./mime_header.ts";

/** The owner's user data, as a part of the message. */
export interface EmbeddedPart {
  readonly kind: "part";
  readonly type: string;
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/** The owner's user data, if it is itself a message with headers. */
export interface EmbeddedMessage {
  readonly kind: "message";
  readonly text: string;
}

/**
 * Writes a multipart/mixed message of our first part, the owner's user data, and our last part (RFC 2046,
 * section 5.1). The header is spelled as cloudbase-init expects it, and `MIME-Version` is within the first 4096
 * bytes, where cloud-init looks for it.
 *
 * The owner's part is in base64, which keeps every byte, and cannot contain a boundary. A message must not be
 * encoded (RFC 2045, section 6.4), so it is written unchanged.
 */
export function writeMessage(
  ours: GuestParts,
  theirs: EmbeddedPart | EmbeddedMessage | undefined,
): string {
  const entities = [ourEntity(ours.first)];
  if (theirs !== undefined) {
    entities.push(theirs.kind === "message" ? embeddedMessage(theirs) : embeddedPart(theirs));
  }
  if (ours.last !== undefined) entities.push(ourEntity(ours.last));
  const boundary = unusedBoundary(entities);
  return [
    "MIME-Version: 1.0\n",
    `Content-Type: multipart/mixed; boundary="${boundary}"\n`,
    "\n",
    ...entities.flatMap(({ text, end }) => [`--${boundary}\n`, ...text, end]),
    `--${boundary}--\n`,
  ].join("");
}

/** What is between two boundaries. */
interface Entity {
  /** In pieces, so that a large text is joined only once. */
  readonly text: readonly string[];
  /** The line break before the next boundary. */
  readonly end: string;
  /** Whether the text may contain one of our boundaries. */
  readonly mayHoldBoundary: boolean;
}

function ourEntity({ type, filename, body }: GuestPart): Entity {
  const header = `Content-Type: ${type}; charset="us-ascii"\n` +
    "MIME-Version: 1.0\n" +
    "Content-Transfer-Encoding: 7bit\n" +
    `Content-Disposition: attachment; filename="${filename}"\n\n`;
  return { text: [header, body], end: "\n", mayHoldBoundary: true };
}

function embeddedPart({ type, filename, bytes }: EmbeddedPart): Entity {
  const header = `Content-Type: ${type}; charset="utf-8"\n` +
    "MIME-Version: 1.0\n" +
    "Content-Transfer-Encoding: base64\n" +
    `Content-Disposition: attachment; filename="${filename}"\n\n`;
  // A boundary starts with hyphens, which base64 does not have.
  return { text: [header, ...encodeBase64Lines(bytes)], end: "\n", mayHoldBoundary: false };
}

/**
 * The line break before a boundary belongs to the boundary, not to the entity before it. After a lone CR it has to
 * be CR LF, because CR and LF would be read as one line break. A multipart message that lacks its closing boundary
 * gets no line break if it ends with one: its reader drops that one, with or without a boundary after it.
 */
function embeddedMessage({ text }: EmbeddedMessage): Entity {
  const end = text.endsWith("\r") ? "\r\n" : "\n";
  const hasLineBreak = /[\r\n]/.test(text.slice(-1)) && isUnclosed(text);
  return { text: [text], end: hasLineBreak ? "" : end, mayHoldBoundary: true };
}

/** The first of our boundaries that none of the entities contains. */
function unusedBoundary(entities: readonly Entity[]): string {
  const used = new Set(
    entities.filter(({ mayHoldBoundary }) => mayHoldBoundary)
      .flatMap(({ text }) => text)
      .flatMap((piece) => [...piece.matchAll(/=eks-irsa-sidecar-(\d+)(?==)/g)].map((m) => m[1])),
  );
  let number = 0;
  while (used.has(String(number))) number++;
  return `=eks-irsa-sidecar-${number}=`;
}

/**
 * Whether a message is multipart and lacks its closing boundary (RFC 2046, section 5.1.1). A closing boundary right
 * after another boundary does not count: Python reads consecutive boundaries as one (python/cpython
 * Lib/email/feedparser.py, _parsegen).
 */
function isUnclosed(message: string): boolean {
  const name = boundaryOf(headerOf(message));
  if (name === undefined) return false;
  const line = `[\\r\\n]--${RegExp.escape(name)}`;
  return !new RegExp(`(?<!${line}(?:--)?[\\t ]*\\r?)${line}--[\\t ]*(?:[\\r\\n]|$)`).test(message);
}

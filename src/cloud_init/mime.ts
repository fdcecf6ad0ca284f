import { encodeBase64Lines } from "../text/base64.ts";
import type { GuestPart, GuestParts } from "../guest/guest.ts";
import { boundaryOf, headerOf } from "./mime_header.ts";

/** The owner's user data as a part of the message. */
export interface EmbeddedPart {
  readonly kind: "part";
  readonly type: string;
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/** The owner's user data that is a message itself, with its own headers. */
export interface EmbeddedMessage {
  readonly kind: "message";
  readonly text: string;
}

/**
 * Writes a multipart/mixed message of our first part, the owner's user data, and our last part (RFC 2046,
 * section 5.1).
 * The header is spelled as cloudbase-init looks for it, and `MIME-Version` stands within the first 4096
 * bytes, where cloud-init looks for it.
 *
 * The owner's part is base64: its reader then gets every byte, whatever line ends, encodings and boundaries are
 * among them. A message cannot be encoded (RFC 2045, section 6.4) and is written as it is.
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

/** An entity between two boundaries. */
interface Entity {
  /** Its text, in pieces: what is large is joined once, and never looked through. */
  readonly text: readonly string[];
  /** What has to stand between it and the next boundary. */
  readonly end: string;
  /** Whether a boundary of ours could be in it. */
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
  const charset = type.startsWith("text/") ? '; charset="utf-8"' : "";
  const header = `Content-Type: ${type}${charset}\n` +
    "MIME-Version: 1.0\n" +
    "Content-Transfer-Encoding: base64\n" +
    `Content-Disposition: attachment; filename="${filename}"\n\n`;
  // Base64 has no hyphen.
  return { text: [header, ...encodeBase64Lines(bytes)], end: "\n", mayHoldBoundary: false };
}

/**
 * The line break before a boundary belongs to the boundary. A reader takes CR LF for one line break, so
 * that a lone CR at a message's end needs a whole one after it. A multipart message that was never closed
 * loses its own last line break to the end of the text, and here to our boundary: it gets no other one.
 */
function embeddedMessage({ text }: EmbeddedMessage): Entity {
  const end = text.endsWith("\r") ? "\r\n" : "\n";
  const endsItself = /[\r\n]/.test(text.slice(-1)) && isUnclosed(text);
  return { text: [text], end: endsItself ? "" : end, mayHoldBoundary: true };
}

/** The first of our boundaries that stands in none of the entities. */
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
 * Whether a message is multipart and lacks its closing boundary (RFC 2046, section 5.1.1). One that follows
 * another boundary at once does not count: Python takes both for one (Lib/email/feedparser.py, _parsegen).
 */
function isUnclosed(message: string): boolean {
  const name = boundaryOf(headerOf(message));
  if (name === undefined) return false;
  const line = `[\\r\\n]--${RegExp.escape(name)}`;
  return !new RegExp(`(?<!${line}(?:--)?[\\t ]*\\r?)${line}--[\\t ]*(?:[\\r\\n]|$)`).test(message);
}

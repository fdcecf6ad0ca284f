import { Buffer } from "node:buffer";
import { openingOf } from "./user_data.ts";

/** How much of a part is looked at, in bytes: its header and what its body opens with. */
const PART_LENGTH = 4096;

/** More lines than this that could be boundaries are not looked at. */
const MOST_LINES = 20_000;

/** The longest line that is taken for a boundary; RFC 2046, section 5.1.1, allows 70 characters. */
const LONGEST_BOUNDARY = 256;

const LINE_FEED = 0x0a;
const HYPHEN = 0x2d;

/** What can be told of a part from its first bytes. */
export interface PartOpening {
  /** In lower case. */
  readonly type: string;
  /** Of its file's name, in lower case; may be empty. */
  readonly extension: string;
  /** What its body opens with, decoded. */
  readonly text: string;
}

/**
 * The first bytes of a multipart message's parts, those within other parts too (RFC 2046, section 5.1).
 * They are found in one pass that decodes nothing but what it gives back: a message can be large.
 */
export function* partOpenings(message: Uint8Array): Generator<string> {
  const boundaries = new Set(boundaryIn(openingOf(message, PART_LENGTH)));
  let at = delimiterAfter(message, 0);
  for (let seen = 0; at < message.length && seen < MOST_LINES; seen++) {
    const start = at;
    at = delimiterAfter(message, start);
    const lines = openingOf(message.subarray(start, at), LONGEST_BOUNDARY);
    const [line = ""] = lines.split(/\r?\n/, 1);
    if (!boundaries.has(line.slice("--".length).trimEnd())) continue;
    const part = message.subarray(start + line.length, Math.min(at, start + PART_LENGTH));
    const opening = openingOf(part, PART_LENGTH).replace(/^\r?\n/, "");
    for (const boundary of boundaryIn(opening)) boundaries.add(boundary);
    yield opening;
  }
}

/** Reads the first bytes of a part (RFC 2045, section 5; RFC 2183). */
export function openingOfPart(part: string): PartOpening {
  const header = headerOf(part);
  const body = part.slice(header.length).replace(/^\r?\n/, "");
  const fields = unfolded(header);
  const isBase64 = /^content-transfer-encoding:[ \t]*base64/im.test(fields);
  return {
    type: /^content-type:[ \t]*([^\s;]+)/im.exec(fields)?.[1]?.toLowerCase() ?? "text/plain",
    extension: /\b(?:file)?name="?[^"\r\n;]*\.(\w+)"?[ \t]*(?:;|$)/im.exec(fields)?.[1]
      ?.toLowerCase() ?? "",
    text: isBase64 ? Buffer.from(body, "base64").toString() : body,
  };
}

/** Where the next line that opens with two hyphens begins, or the message's end. */
function delimiterAfter(message: Uint8Array, start: number): number {
  let at = message.indexOf(LINE_FEED, start);
  while (at !== -1) {
    if (message[at + 1] === HYPHEN && message[at + 2] === HYPHEN) return at + 1;
    at = message.indexOf(LINE_FEED, at + 1);
  }
  return message.length;
}

/** The boundary that a multipart entity's header names. */
function boundaryIn(entity: string): readonly string[] {
  const field = /^content-type:[ \t]*multipart\/.*$/im.exec(unfolded(headerOf(entity)))?.[0] ?? "";
  const named = /\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(field);
  const boundary = named?.[1] ?? named?.[2];
  return boundary === undefined ? [] : [boundary];
}

function headerOf(entity: string): string {
  return /^(?:[^\r\n]+\r?\n)*/.exec(entity)?.[0] ?? "";
}

function unfolded(header: string): string {
  return header.replace(/\r?\n[ \t]+/g, " ");
}

import { Buffer } from "node:buffer";
import { bodyOf, boundaryOf, fieldOf, filenameOf, headerOf, typeOf } from "./mime_header.ts";
import { textOf } from "./user_data.ts";

/** How much of a part is read: its header and the start of its body. */
const HEAD_BYTES = 4096;

/** How many lines that start with two hyphens, as boundaries do, are read. */
const MAX_LINES = 20_000;

/** The longest line that is compared with boundaries. RFC 2046, section 5.1.1, allows 70 characters for those. */
const MAX_BOUNDARY_BYTES = 256;

const LINE_FEED = 0x0a;
const HYPHEN = 0x2d;

/** What is known of a part from its first bytes. */
export interface PartHead {
  /** The MIME type, in lower case. */
  readonly type: string;
  /** The extension of its filename, in lower case; undefined if it has none. */
  readonly extension: string | undefined;
  /** The start of its body, decoded. */
  readonly text: string;
}

/**
 * The heads of the parts of a multipart message, and of the messages in it (RFC 2046, section 5.1). The message can
 * be large: it is read once, and only heads are decoded.
 */
export function* partHeads(message: Uint8Array): Generator<PartHead> {
  const boundaries = new Set([boundaryOf(headerOf(textOf(message, HEAD_BYTES)))]);
  let at = delimiterAfter(message, 0);
  for (let seen = 0; at < message.length && seen < MAX_LINES; seen++) {
    const start = at;
    at = delimiterAfter(message, start);
    const lines = textOf(message.subarray(start, at), MAX_BOUNDARY_BYTES);
    const line = lines.replace(/\r?\n[^]*/, "");
    if (!boundaries.has(line.slice("--".length).trimEnd())) continue;
    // What comes after a short part is no harm: a boundary starts neither a field nor a format.
    const entity = textOf(message.subarray(start + line.length), HEAD_BYTES).replace(/\r?\n/, "");
    const header = headerOf(entity);
    boundaries.add(boundaryOf(header));
    yield readHead(header, bodyOf(entity));
  }
}

/** RFC 2045, section 5; RFC 2183. */
function readHead(header: string, body: string): PartHead {
  const isBase64 = /^base64/i.test(fieldOf(header, "content-transfer-encoding"));
  return {
    type: typeOf(header),
    extension: /\.(\w+)[ \t]*$/.exec(filenameOf(header).toLowerCase())?.[1],
    text: isBase64 ? Buffer.from(body, "base64").toString() : body,
  };
}

/** The position of the next line that starts with two hyphens; the end of the message if there is none. */
function delimiterAfter(message: Uint8Array, start: number): number {
  let at = message.indexOf(LINE_FEED, start);
  while (at !== -1) {
    if (message[at + 1] === HYPHEN && message[at + 2] === HYPHEN) return at + 1;
    at = message.indexOf(LINE_FEED, at + 1);
  }
  return message.length;
}

/** The text of a JSON object, and where the values of some of its members stand in it, in bytes. */
export interface JsonText {
  readonly bytes: Uint8Array;
  /** By the name of the field that Go reads the member into. */
  readonly members: ReadonlyMap<string, JsonMember>;
}

/** A member: its key as it is spelled, and where its value stands. */
interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** A stretch of bytes, empty for an insertion, and the bytes that are to take its place. */
export interface JsonEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: Pieces;
}

/** Bytes in pieces, to be joined where they are sent: user data is copied no more often than it has to be. */
export type Pieces = readonly Uint8Array[];

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
/** RFC 8259, section 2. */
const SPACE: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Finds the members that Go reads into a struct's fields: their keys are the fields' names in any case, and
 * the last of several counts (Go's encoding/json, `Unmarshal`).
 *
 * @param bytes The text of one JSON object, which JSON.parse has taken.
 */
export function findMembers(bytes: Uint8Array, fields: readonly string[]): JsonText {
  // These flags fold as Go does: to the same simple case folding of Unicode.
  const names = fields.map((field) => ({ field, name: new RegExp(`^${field}$`, "iu") }));
  // A character of a name is one byte at least, and six as an escape.
  const longest = 6 * Math.max(...fields.map(({ length }) => length));
  const members = new Map<string, JsonMember>();
  let open = bytes.indexOf(QUOTE);
  while (open !== -1) {
    const close = stringEnd(bytes, open);
    const start = pastSpace(bytes, bytes.indexOf(COLON, close) + 1);
    const end = valueEnd(bytes, start);
    if (close - open - 2 <= longest) {
      const key: string = JSON.parse(utf8.decode(bytes.subarray(open, close)));
      const found = names.find(({ name }) => name.test(key));
      if (found) members.set(found.field, { key, start, end: beforeSpace(bytes, end) });
    }
    open = bytes.indexOf(QUOTE, end);
  }
  return { bytes, members };
}

/** The edit that gives a field another value, which is JSON. A member that is not there is put first. */
export function memberEdit(
  { bytes, members }: JsonText,
  field: string,
  value: Uint8Array,
): JsonEdit {
  const member = members.get(field);
  if (member !== undefined) return { start: member.start, end: member.end, replacement: [value] };
  const start = bytes.indexOf(LEFT_BRACE) + 1;
  const comma = bytes[pastSpace(bytes, start)] === RIGHT_BRACE ? "" : ",";
  return {
    start,
    end: start,
    replacement: [
      encoder.encode(`${JSON.stringify(field)}:`),
      value,
      encoder.encode(comma),
    ],
  };
}

/** A text after some edits that do not overlap. Every byte outside of them stays as it is. */
export function edited({ bytes }: JsonText, edits: readonly JsonEdit[]): Pieces {
  const pieces: Uint8Array[] = [];
  let read = 0;
  for (
    const { start, end, replacement } of edits.toSorted((one, other) => one.start - other.start)
  ) {
    pieces.push(bytes.subarray(read, start), ...replacement);
    read = end;
  }
  pieces.push(bytes.subarray(read));
  return pieces;
}

/** How many bytes some pieces have together. */
export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** The position behind a string that opens at a position. */
function stringEnd(bytes: Uint8Array, open: number): number {
  let close = open;
  let escapes: number;
  do {
    close = bytes.indexOf(QUOTE, close + 1);
    escapes = 0;
    while (bytes[close - 1 - escapes] === BACKSLASH) escapes++;
    // Of an odd number, the last one escapes the quote.
  } while (escapes % 2 === 1);
  return close + 1;
}

/** The position of the comma or brace behind a value of the outermost object. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let depth = 0;
  let position = start;
  while (position < bytes.length) {
    switch (bytes[position]) {
      case QUOTE:
        position = stringEnd(bytes, position);
        continue;
      case LEFT_BRACE:
      case LEFT_BRACKET:
        depth++;
        break;
      case RIGHT_BRACE:
      case RIGHT_BRACKET:
        if (depth === 0) return position;
        depth--;
        break;
      case COMMA:
        if (depth === 0) return position;
    }
    position++;
  }
  return position;
}

function pastSpace(bytes: Uint8Array, start: number): number {
  let position = start;
  while (SPACE.includes(bytes[position])) position++;
  return position;
}

function beforeSpace(bytes: Uint8Array, end: number): number {
  let position = end;
  while (SPACE.includes(bytes[position - 1])) position--;
  return position;
}

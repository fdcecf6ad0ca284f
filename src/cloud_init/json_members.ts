/** The text of a JSON object, and the places of some of its members in it. */
export interface JsonText {
  readonly bytes: Uint8Array;
  /** By the name of the Go field that the member is read into. */
  readonly members: ReadonlyMap<string, JsonMember>;
}

/** A member: its key as the text spells it, and the offsets of its value in bytes. */
interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** A replacement of the bytes between two offsets; an insertion if they are equal. */
export interface JsonEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: Pieces;
}

/** Bytes in pieces. They are joined only when the response is written, because user data can be large. */
export type Pieces = readonly Uint8Array[];

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
/** White space: RFC 8259, section 2. */
const SPACE: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];

const utf8 = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Finds the members that Go reads into the fields of a struct. Go ignores the case of keys, and of several members
 * for a field the last counts (Go's encoding/json, `Unmarshal`).
 *
 * @param bytes The text of one JSON object, which is known to be valid.
 */
export function findMembers(bytes: Uint8Array, fields: readonly string[]): JsonText {
  // With these flags a regular expression uses Unicode's simple case folding, as Go does.
  const names = fields.map((field) => ({ field, name: new RegExp(`^${field}$`, "iu") }));
  const members = new Map<string, JsonMember>();
  let open = bytes.indexOf(QUOTE);
  while (open !== -1) {
    const close = stringEnd(bytes, open);
    const start = pastSpace(bytes, bytes.indexOf(COLON, close) + 1);
    const end = valueEnd(bytes, start);
    const key: string = JSON.parse(utf8.decode(bytes.subarray(open, close)));
    const found = names.find(({ name }) => name.test(key));
    if (found) members.set(found.field, { key, start, end: beforeSpace(bytes, end) });
    open = bytes.indexOf(QUOTE, end);
  }
  return { bytes, members };
}

/**
 * The edit that sets the member of a field. A member that does not exist becomes the object's first.
 *
 * @param value In JSON.
 */
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

/** Applies edits that do not overlap. All other bytes stay the same. */
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

/** The length of all pieces together, in bytes. */
export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** The position after the string that starts at a position. */
function stringEnd(bytes: Uint8Array, open: number): number {
  let close = open;
  let escapes: number;
  do {
    close = bytes.indexOf(QUOTE, close + 1);
    escapes = 0;
    while (bytes[close - 1 - escapes] === BACKSLASH) escapes++;
    // After an odd number of backslashes the quote is escaped.
  } while (escapes % 2 === 1);
  return close + 1;
}

/** The position of the comma or brace after a value of the outermost object. */
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

/** The position of the first byte at or after a position that is not white space. */
function pastSpace(bytes: Uint8Array, start: number): number {
  let position = start;
  while (SPACE.includes(bytes[position])) position++;
  return position;
}

/** The position after the last byte before a position that is not white space. */
function beforeSpace(bytes: Uint8Array, end: number): number {
  let position = end;
  while (SPACE.includes(bytes[position - 1])) position--;
  return position;
}

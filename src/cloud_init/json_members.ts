import { Buffer } from "node:buffer";

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

/** A stretch of bytes, empty for an insertion, and the text that is to take its place. */
export interface JsonEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [LEFT_BRACKET, RIGHT_BRACKET, LEFT_BRACE, RIGHT_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
/** RFC 8259, section 2. */
const SPACE: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];

const utf8 = new TextDecoder();

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
export function memberEdit({ bytes, members }: JsonText, field: string, value: string): JsonEdit {
  const member = members.get(field);
  if (member !== undefined) return { start: member.start, end: member.end, text: value };
  const start = bytes.indexOf(LEFT_BRACE) + 1;
  const comma = bytes[pastSpace(bytes, start)] === RIGHT_BRACE ? "" : ",";
  return { start, end: start, text: `${JSON.stringify(field)}:${value}${comma}` };
}

/** How many bytes a text has after some edits. */
export function editedLength({ bytes }: JsonText, edits: readonly JsonEdit[]): number {
  return edits.reduce(
    (length, { start, end, text }) => length - (end - start) + Buffer.byteLength(text),
    bytes.length,
  );
}

/** Carries out edits that do not overlap, in one copy. Every byte outside of them stays as it is. */
export function edited(json: JsonText, edits: readonly JsonEdit[]): Uint8Array {
  const { bytes } = json;
  const result = Buffer.alloc(editedLength(json, edits));
  let read = 0;
  let written = 0;
  for (const { start, end, text } of edits.toSorted((one, other) => one.start - other.start)) {
    result.set(bytes.subarray(read, start), written);
    written += start - read;
    written += result.write(text, written);
    read = end;
  }
  result.set(bytes.subarray(read), written);
  return result;
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

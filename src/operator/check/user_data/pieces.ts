import { Buffer } from "node:buffer";
import { bodyOf, boundaryOf, fieldOf, headerOf, typeOf } from "../../../cloud_init/mime_header.ts";
import {
  type CloudInitPrefix,
  cloudInitPrefix,
  isMessage,
} from "../../../cloud_init/format_prefix.ts";
import { unpack } from "../../../cloud_init/user_data.ts";

/** A document in user data that cloud-init acts on. */
export interface UserDataPiece {
  readonly kind: "cloud-config" | "cloud-config-archive" | "script";
  readonly text: string;
  /** Its offset in the user data; undefined if it is encoded there. */
  readonly offset: number | undefined;
}

const KINDS: Partial<Record<CloudInitPrefix, UserDataPiece["kind"]>> = {
  "#cloud-config": "cloud-config",
  "#cloud-config-archive": "cloud-config-archive",
  "#cloud-config-jsonp": "cloud-config",
  "#cloud-boothook": "script",
  "#!": "script",
};

const TYPES: readonly (readonly [RegExp, UserDataPiece["kind"]])[] = [
  [/^text\/cloud-config-archive$/, "cloud-config-archive"],
  [/^text\/cloud-config(-jsonp)?$/, "cloud-config"],
  [/^text\/(cloud-boothook|x-shellscript.*)$/, "script"],
];

/** How deep messages in messages are read. */
const MAX_DEPTH = 8;

/** The documents in user data: unpacked, out of messages, and of templates the lines after the first. */
export function userDataPieces(original: Uint8Array): readonly UserDataPiece[] {
  const unpacked = unpack(original);
  if (unpacked === undefined) return [];
  return piecesOf(decode(unpacked.bytes), unpacked.isPacked ? undefined : 0, "", 0);
}

/**
 * The documents in a text of a known type.
 *
 * @param type A MIME type; empty or text/plain if the text says what it is.
 */
export function piecesOf(
  text: string,
  offset: number | undefined,
  type: string,
  depth: number,
): readonly UserDataPiece[] {
  if (isMessage(text)) return depth < MAX_DEPTH ? messagePieces(text, offset, depth) : [];
  const isTemplate = cloudInitPrefix(text) === "## template: jinja";
  const content = isTemplate ? withoutJinja(text) : text;
  const prefix = cloudInitPrefix(content);
  const kind = (prefix && KINDS[prefix]) ?? TYPES.find(([pattern]) => pattern.test(type))?.[1];
  return kind === undefined ? [] : [{ kind, text: content, offset }];
}

/** RFC 2046, section 5.1. */
function messagePieces(
  message: string,
  offset: number | undefined,
  depth: number,
): readonly UserDataPiece[] {
  const header = headerOf(message);
  const boundary = boundaryOf(header);
  if (boundary === undefined) {
    const encoding = fieldOf(header, "content-transfer-encoding").trim().toLowerCase();
    const body = bodyOf(message);
    const isPlain = !["base64", "quoted-printable"].includes(encoding);
    const place = isPlain && offset !== undefined
      ? offset + message.length - body.length
      : undefined;
    return piecesOf(decoded(body, encoding), place, typeOf(header), depth + 1);
  }
  const line = new RegExp(`^--${RegExp.escape(boundary)}(--)?[ \\t]*\\r?$\\n?`, "gm");
  const lines = [...message.matchAll(line)];
  return lines.flatMap(({ index, 0: { length }, 1: closing }, number) => {
    if (closing !== undefined) return [];
    const start = index + length;
    const part = message.slice(start, lines[number + 1]?.index);
    const place = offset === undefined ? undefined : offset + start;
    // A part is a message of its own, with or without a header.
    return depth < MAX_DEPTH ? messagePieces(part, place, depth + 1) : [];
  });
}

function decoded(body: string, encoding: string): string {
  if (encoding === "base64") return textOfBytes(Buffer.from(body, "base64"));
  if (encoding !== "quoted-printable") return body;
  const text = body.replace(/=\r?\n/g, "")
    .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return decode(Buffer.from(text, "latin1"));
}

/** Bytes as text, unpacked if they are gzip. */
export function textOfBytes(bytes: Uint8Array): string {
  return decode(unpack(bytes)?.bytes ?? bytes);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Without Jinja's comments and statements, and with words for its values. Offsets stay. */
function withoutJinja(text: string): string {
  return text.replace(/^[^\n]*/, (line) => " ".repeat(line.length))
    .replace(/\{#[^]*?#\}|\{%[^]*?%\}/g, (found) => found.replace(/[^\n]/g, " "))
    .replace(/\{\{[^]*?\}\}/g, (found) => "x".repeat(found.length));
}

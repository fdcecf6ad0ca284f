import { Buffer } from "node:buffer";
import { bodyOf, boundaryOf, fieldOf, headerOf, typeOf } from "../../../cloud_init/mime_header.ts";
import { cloudInitPrefix, isMessage } from "../../../cloud_init/format_prefix.ts";
import { unpack } from "../../../cloud_init/user_data.ts";

/** A document in user data that cloud-init acts on. */
export interface UserDataPiece {
  readonly kind: "cloud-config" | "cloud-config-archive" | "script";
  readonly text: string;
  /** Its offset in the user data; undefined if it is encoded there. */
  readonly offset: number | undefined;
}

/** The kinds of documents by their first line and by their MIME type. */
const KINDS: ReadonlyMap<string | undefined, UserDataPiece["kind"]> = new Map([
  ["#cloud-config", "cloud-config"],
  ["#cloud-config-archive", "cloud-config-archive"],
  ["#cloud-config-jsonp", "cloud-config"],
  ["#cloud-boothook", "script"],
  ["#!", "script"],
  ["text/cloud-config", "cloud-config"],
  ["text/cloud-config-archive", "cloud-config-archive"],
  ["text/cloud-config-jsonp", "cloud-config"],
  ["text/cloud-boothook", "script"],
  ["text/x-shellscript", "script"],
  ["text/x-shellscript-per-boot", "script"],
  ["text/x-shellscript-per-instance", "script"],
  ["text/x-shellscript-per-once", "script"],
]);

/** How deep messages in messages are read. */
const MAX_DEPTH = 8;

/** The documents in user data: unpacked, out of messages, and of templates the lines after the first. */
export function userDataPieces(original: Uint8Array): readonly UserDataPiece[] {
  const unpacked = unpack(original);
  if (unpacked === undefined) return [];
  return piecesOf(decode(unpacked.bytes), unpacked.isPacked ? undefined : 0, "text/plain", 0);
}

/**
 * The documents in a text of a known type.
 *
 * @param type A MIME type; text/plain if the text says what it is.
 */
export function piecesOf(
  text: string,
  offset: number | undefined,
  type: string,
  depth: number,
): readonly UserDataPiece[] {
  if (isMessage(text)) return messagePieces(text, offset, depth + 1);
  const isTemplate = cloudInitPrefix(text) === "## template: jinja";
  const content = isTemplate ? withoutJinja(text) : text;
  const kind = KINDS.get(cloudInitPrefix(content)) ?? KINDS.get(type);
  return kind === undefined ? [] : [{ kind, text: content, offset }];
}

/** RFC 2046, section 5.1. */
function messagePieces(
  message: string,
  offset: number | undefined,
  depth: number,
): readonly UserDataPiece[] {
  if (depth > MAX_DEPTH) return [];
  const header = headerOf(message);
  const boundary = boundaryOf(header);
  if (boundary === undefined) {
    const body = bodyOf(message);
    const text = decoded(body, fieldOf(header, "content-transfer-encoding").toLowerCase());
    const place = text === body && offset !== undefined
      ? offset + message.length - body.length
      : undefined;
    return piecesOf(text, place, typeOf(header), depth);
  }
  const line = new RegExp(`^--${RegExp.escape(boundary)}(--)?[ \\t]*\\r?$\\n?`, "gm");
  const lines = [...message.matchAll(line)];
  return lines.flatMap(({ index, 0: { length }, 1: closing }, number) => {
    if (closing !== undefined) return [];
    const start = index + length;
    const part = message.slice(start, lines[number + 1]?.index);
    const place = offset === undefined ? undefined : offset + start;
    // A part is a message of its own, with or without a header.
    return messagePieces(part, place, depth + 1);
  });
}

function decoded(body: string, encoding: string): string {
  if (encoding === "base64") return textOfBytes(Buffer.from(body, "base64"));
  if (encoding !== "quoted-printable") return body;
  // What is looked for is ASCII.
  return body.replace(/=\r?\n/g, "")
    .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
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
  return text.replace(/[^\n]*/, (line) => " ".repeat(line.length))
    .replace(/\{#[^]*?#\}|\{%[^]*?%\}/g, (found) => found.replace(/[^\n]/g, " "))
    .replace(/\{\{[^]*?\}\}/g, (found) => "x".repeat(found.length));
}

import { Buffer } from "node:buffer";

/** An entity of a MIME message: its headers by lower-case name, and its body before any decoding. */
export interface Entity {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Reads headers and body, with LF or CRLF line ends (RFC 2045). */
export function readEntity(text: string): Entity {
  const lines = /^((?:[^\r\n]+\r?\n)*)\r?\n/.exec(text);
  if (lines === null) throw new Error("The entity has no blank line after its headers");
  const unfolded = (lines[1] ?? "").replace(/\r?\n[ \t]+/g, " ");
  const headers = unfolded.split(/\r?\n/).filter(Boolean).map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { headers: new Map(headers), body: text.slice(lines[0].length) };
}

/** The parts of a multipart entity as raw text, without the line break before each boundary. */
export function readParts({ headers, body }: Entity): readonly string[] {
  const boundary = /boundary="([^"]+)"/.exec(headers.get("content-type") ?? "")?.[1];
  if (boundary === undefined) throw new Error("The entity is not multipart");
  const pieces = `\n${body}`.split(`\n--${boundary}`);
  return pieces.slice(1, -1).map((piece) => piece.replace(/^[ \t]*\r?\n/, "").replace(/\r$/, ""));
}

/** The body of an entity as bytes, decoded. */
export function decodeBody({ headers, body }: Entity): Uint8Array {
  return headers.get("content-transfer-encoding") === "base64"
    ? new Uint8Array(Buffer.from(body, "base64"))
    : new TextEncoder().encode(body);
}

import { decodeUtf8 } from "../text/utf8.ts";
import { cloudInitPrefix, isMessage, PREFIX_BYTES, withoutLeadingSpace } from "./format_prefix.ts";
import { type Embedding, textOf } from "./user_data.ts";

/**
 * Decides how user data for cloud-init is embedded. cloud-init finds out the format of a text/plain part as it
 * does for user data that is no message.
 */
export function readForCloudInit(userData: Uint8Array): Embedding {
  if (userData.length === 0) return { kind: "empty" };
  const start = textOf(userData, PREFIX_BYTES);
  if (isMessage(start)) {
    const message = decodeUtf8(userData);
    return message === undefined
      ? { kind: "untouched", reason: "it is a MIME message that is not UTF-8" }
      : { kind: "embedded", format: "a MIME message", entity: { kind: "message", text: message } };
  }
  const prefix = cloudInitPrefix(start);
  if (prefix === undefined && withoutLeadingSpace(start) !== "") {
    return { kind: "untouched", reason: reasonNotToAct(start) };
  }
  return {
    kind: "embedded",
    format: prefix ?? "white space",
    // The name that cloud-init would give it if it were alone: scripts keep their paths.
    entity: { kind: "part", type: "text/plain", filename: "part-001", bytes: userData },
  };
}

function reasonNotToAct(start: string): string {
  if (start.startsWith("\uFEFF")) {
    return "it opens with a byte order mark, so that cloud-init does not recognise it";
  }
  if (/^\s*\{/.test(start)) {
    return "it is JSON, as Ignition reads it, and cloud-init does not";
  }
  return "it opens with nothing that cloud-init knows, such as #cloud-config or #!";
}

import { decodeUtf8 } from "../text/utf8.ts";
import {
  cloudInitOpening,
  isMessage,
  OPENING_LENGTH,
  withoutLeadingSpace,
} from "./format_prefix.ts";
import { type Carriage, openingOf } from "./user_data.ts";

/**
 * Decides how user data for cloud-init is carried. A part of type text/plain is sniffed by cloud-init
 * exactly like user data that is no message.
 */
export function readForCloudInit(userData: Uint8Array): Carriage {
  if (userData.length === 0) return { kind: "empty" };
  const opening = openingOf(userData, OPENING_LENGTH);
  if (isMessage(opening)) {
    const message = decodeUtf8(userData);
    return message === undefined
      ? { kind: "untouchable", reason: "it is a MIME message that is not UTF-8" }
      : { kind: "carried", format: "a MIME message", entity: { message } };
  }
  const found = cloudInitOpening(opening);
  if (found === undefined && withoutLeadingSpace(opening) !== "") {
    return { kind: "untouchable", reason: reasonNotToAct(opening) };
  }
  return {
    kind: "carried",
    format: found ?? "white space",
    // The name that cloud-init would give it if it were alone: scripts keep their paths.
    entity: { type: "text/plain", filename: "part-001", bytes: userData },
  };
}

function reasonNotToAct(opening: string): string {
  if (opening.startsWith("\uFEFF")) {
    return "it opens with a byte order mark, which cloud-init trips over";
  }
  if (/^\s*\{/.test(opening)) {
    return "it is JSON, as Ignition has it, which cloud-init does not read";
  }
  return "it opens with nothing that cloud-init knows, such as #cloud-config or #!";
}

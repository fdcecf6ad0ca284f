import { gunzip } from "./gunzip.ts";
import { opensWithHeader } from "./mime_header.ts";
import { asText, type Carriage, isGzip, openingOf } from "./user_data.ts";

/** How far cloud-init looks for a MIME header (canonical/cloud-init cloudinit/user_data.py). */
const MIME_SEARCH_LENGTH = 4096;

/** What Python's str.lstrip takes for white space: not the byte order mark, which JavaScript's trim does. */
const LEADING_SPACE =
  // deno-lint-ignore no-control-regex -- Python counts separators such as U+001C
  /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** What user data opens with, in the order of length (cloudinit/handlers/__init__.py). */
const OPENINGS = [
  "#cloud-config-archive",
  "#cloud-config-jsonp",
  "## template: jinja",
  "#cloud-boothook",
  "#include-once",
  "#cloud-config",
  "#part-handler",
  "#include",
  "#!",
];

/**
 * Decides how user data for cloud-init is carried. A part of type text/plain is sniffed by cloud-init
 * exactly like user data that is no message. Gzip is unpacked by cloud-init before it looks, and so here: in
 * a part of type application/gzip it finds no message, and damages what is not ASCII (user_data.py,
 * _process_msg).
 */
export function readForCloudInit(userData: Uint8Array): Carriage {
  if (userData.length === 0) return { kind: "empty" };
  if (isGzip(userData)) {
    const unpacked = gunzip(userData);
    return unpacked === undefined
      ? {
        kind: "untouchable",
        reason: "it is gzip that cannot be unpacked, or is of more than 4 MiB",
      }
      : readPlain(unpacked, "gzip of ");
  }
  return readPlain(userData, "");
}

function readPlain(userData: Uint8Array, packing: string): Carriage {
  const opening = openingOf(userData, MIME_SEARCH_LENGTH);
  if (opening.toLowerCase().includes("mime-version:") && opensWithHeader(opening)) {
    const message = asText(userData);
    return message === undefined
      ? { kind: "untouchable", reason: "it is a MIME message that is not UTF-8" }
      : { kind: "carried", format: `${packing}a MIME message`, entity: { message } };
  }
  const trimmed = opening.replace(LEADING_SPACE, "");
  const found = OPENINGS.find((known) => trimmed.toLowerCase().startsWith(known));
  if (found === undefined && trimmed !== "") {
    return { kind: "untouchable", reason: reasonNotToAct(opening) };
  }
  return {
    kind: "carried",
    format: packing + (found ?? "white space"),
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

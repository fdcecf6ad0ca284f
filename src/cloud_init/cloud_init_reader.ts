import { decodeUtf8 } from "../text/utf8.ts";
import { cloudInitPrefix, isMessage, PREFIX_BYTES, withoutLeadingSpace } from "./format_prefix.ts";
import { type Embedding, textOf } from "./user_data.ts";

/**
 * The first line of a machine configuration of Talos. It looks like a script's
 * (siderolabs/cluster-api-bootstrap-provider-talos controllers/talosconfig_controller.go).
 */
const TALOS_HEADER = "#!talos";

/**
 * Decides how user data for cloud-init is embedded. In a text/plain part cloud-init detects the format by the
 * first line, as it does for user data that is not a message.
 */
export function readForCloudInit(userData: Uint8Array): Embedding {
  if (userData.length === 0) return { kind: "empty" };
  const start = textOf(userData, PREFIX_BYTES);
  if (start.startsWith(TALOS_HEADER)) {
    return { kind: "untouched", reason: `it starts with ${TALOS_HEADER}, and only Talos reads it` };
  }
  if (isMessage(start)) {
    const message = decodeUtf8(userData);
    return message === undefined
      ? { kind: "untouched", reason: "it is a MIME message that is not UTF-8" }
      : { kind: "embedded", format: "a MIME message", entity: { kind: "message", text: message } };
  }
  const prefix = cloudInitPrefix(start);
  if (prefix === undefined && withoutLeadingSpace(start) !== "") {
    return { kind: "untouched", reason: unknownFormat(start) };
  }
  return {
    kind: "embedded",
    format: prefix ?? "white space",
    // cloud-init's own name for user data that is not a message: scripts keep their paths.
    entity: { kind: "part", type: "text/plain", filename: "part-001", bytes: userData },
  };
}

/** Why cloud-init does not act on user data, as the end of a sentence. */
function unknownFormat(start: string): string {
  if (start.startsWith("\uFEFF")) {
    return "it starts with a byte order mark, so cloud-init does not recognise it";
  }
  if (/^\s*\{/.test(start)) {
    return "it is JSON, which Ignition reads and cloud-init does not";
  }
  return "it does not start with #cloud-config, #! or another prefix that cloud-init knows";
}

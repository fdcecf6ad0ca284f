import { cloudbaseInitScript } from "./cloudbase_init_script.ts";
import { decodeUtf8 } from "../text/utf8.ts";
import type { Embedding } from "./user_data.ts";

/**
 * Decides how user data for cloudbase-init is embedded (plugins/common/userdata.py): a message if its first
 * header block says so in exactly its spelling, cloud-config, or a script that is known by its content. A
 * script's part needs a filename; one without an extension leaves the choice to the content, as it is alone.
 */
export function readForCloudbaseInit(userData: Uint8Array): Embedding {
  if (userData.length === 0) return { kind: "empty" };
  const text = decodeUtf8(userData);
  if (text === undefined) return { kind: "untouched", reason: "it is not UTF-8" };
  const [header = ""] = text.split("\n\n", 1);
  if (header.includes("Content-Type: multipart")) {
    return { kind: "embedded", format: "a MIME message", entity: { kind: "message", text } };
  }
  if (/^##\s*template:/i.test(text)) {
    return {
      kind: "untouched",
      reason: "it is a template, which cloudbase-init renders only where it stands alone",
    };
  }
  if (text.trimStart().startsWith("-----BEGIN CERTIFICATE")) {
    return { kind: "untouched", reason: "it is a certificate, which has to stand alone" };
  }
  if (text.startsWith("#cloud-config")) {
    return {
      kind: "embedded",
      format: "#cloud-config",
      entity: { kind: "part", type: "text/cloud-config", filename: "userdata", bytes: userData },
    };
  }
  const script = cloudbaseInitScript(text);
  if (script === undefined && text.trim() !== "") {
    return { kind: "untouched", reason: "it is nothing that cloudbase-init acts on" };
  }
  return {
    kind: "embedded",
    format: script?.name ?? "white space",
    entity: { kind: "part", type: "text/x-shellscript", filename: "userdata", bytes: userData },
  };
}

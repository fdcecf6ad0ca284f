import { decodeUtf8 } from "../text/utf8.ts";
import type { Carriage } from "./user_data.ts";

/**
 * Contents that cloudbase-init runs as a script
 * (cloudbase/cloudbase-init cloudbaseinit/plugins/common/userdatautils.py, _SCRIPTS).
 */
const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/^rem\s+cmd\s/, "rem cmd"],
  [/^#!/, "#!"],
  [/^#(ps1|ps1_sysnative)\s/, "#ps1"],
  [/^#ps1_x86\s/, "#ps1_x86"],
  [/<\/?(script|powershell)>/, "<powershell> or <script>"],
];

/**
 * Decides how user data for cloudbase-init is carried (plugins/common/userdata.py): a message if its first
 * header block says so in exactly its spelling, cloud-config, or a script that is known by its content. A
 * script's part needs a filename; one without an extension leaves the choice to the content, as it is alone.
 */
export function readForCloudbaseInit(userData: Uint8Array): Carriage {
  if (userData.length === 0) return { kind: "empty" };
  const text = decodeUtf8(userData);
  if (text === undefined) return { kind: "untouchable", reason: "it is not UTF-8" };
  const [header = ""] = text.split("\n\n", 1);
  if (header.includes("Content-Type: multipart")) {
    return { kind: "carried", format: "a MIME message", entity: { message: text } };
  }
  if (/^##\s*template:/i.test(text)) {
    return {
      kind: "untouchable",
      reason: "it is a template, which cloudbase-init renders only where it stands alone",
    };
  }
  if (text.trimStart().startsWith("-----BEGIN CERTIFICATE")) {
    return { kind: "untouchable", reason: "it is a certificate, which has to stand alone" };
  }
  if (text.startsWith("#cloud-config")) {
    return {
      kind: "carried",
      format: "#cloud-config",
      entity: { type: "text/cloud-config", filename: "userdata", bytes: userData },
    };
  }
  const script = SCRIPTS.find(([opening]) => opening.test(text));
  if (script === undefined && text.trim() !== "") {
    return { kind: "untouchable", reason: "it is nothing that cloudbase-init acts on" };
  }
  return {
    kind: "carried",
    format: script?.[1] ?? "white space",
    entity: { type: "text/x-shellscript", filename: "userdata", bytes: userData },
  };
}

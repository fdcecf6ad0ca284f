import { decodeUtf8 } from "../text/utf8.ts";
import { cloudbaseInitScript } from "./cloudbase_init_script.ts";
import { isCloudbaseInitMessage } from "./format_prefix.ts";
import type { Embedding } from "./user_data.ts";

/**
 * Decides how user data for cloudbase-init is embedded (cloudbase/cloudbase-init
 * cloudbaseinit/plugins/common/userdata.py). A script's part needs a filename: without an extension, cloudbase-init
 * chooses the interpreter by the content, as it does for a script that is not in a message.
 */
export function readForCloudbaseInit(userData: Uint8Array): Embedding {
  if (userData.length === 0) return { kind: "empty" };
  const text = decodeUtf8(userData);
  if (text === undefined) return { kind: "untouched", reason: "it is not UTF-8" };
  if (isCloudbaseInitMessage(text)) {
    return { kind: "embedded", format: "a MIME message", entity: { kind: "message", text } };
  }
  if (/^##\s*template:/i.test(text)) {
    return {
      kind: "untouched",
      reason: "it is a template, which cloudbase-init does not render in a part of a message",
    };
  }
  if (text.trimStart().startsWith("-----BEGIN CERTIFICATE")) {
    return {
      kind: "untouched",
      reason: "it is a certificate, which cloudbase-init does not read in a part of a message",
    };
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
    return { kind: "untouched", reason: "cloudbase-init does not know its format" };
  }
  return {
    kind: "embedded",
    format: script?.name ?? "white space",
    entity: { kind: "part", type: "text/x-shellscript", filename: "userdata", bytes: userData },
  };
}

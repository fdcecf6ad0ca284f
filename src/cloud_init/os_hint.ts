import type { GuestOs, OsHint } from "../kubevirt/guest_os.ts";
import { scriptAtStart, WINDOWS_EXTENSIONS } from "./cloudbase_init_script.ts";
import {
  cloudInitPrefix,
  isCloudbaseInitMessage,
  isMessage,
  PREFIX_BYTES,
} from "./format_prefix.ts";
import { type PartHead, partHeads } from "./part_head.ts";
import { textOf } from "./user_data.ts";

/** The first line of a template, for cloud-init and cloudbase-init. The lines after it are what is rendered. */
const TEMPLATE_LINE = /^\s*##\s*template:[^\n]*\n/i;

/**
 * Types of parts that only cloud-init acts on (canonical/cloud-init cloudinit/user_data.py,
 * cloudinit/handlers/__init__.py). text/part-handler and text/cloud-config are not among them: cloudbase-init has
 * plugins for both (cloudbase/cloudbase-init cloudbaseinit/conf/default.py, user_data_plugins).
 */
const LINUX_TYPES = new RegExp(
  "^(text/(cloud-boothook|cloud-config-archive|cloud-config-jsonp|jinja2|upstart-job|x-include-url|" +
    "x-include-once-url|x-shellscript-per-(boot|instance|once))|" +
    "application/(x-)?(gzip|gzip-compressed|gzipped|gunzip|compress|compressed))$",
);

/** A guest, and the part of the user data that only this guest acts on, for messages. */
type Found = readonly [GuestOs, string];

/**
 * The guest that the user data is for: the only one of the two that acts on it. User data that both act on, such as
 * `#cloud-config`, or that neither acts on, gives no hint.
 *
 * @param userData Unpacked. It can be large: only prefixes and headers are decoded.
 */
export function userDataOsHint(userData: Uint8Array): OsHint | undefined {
  const start = textOf(userData, PREFIX_BYTES);
  if (isMessage(start)) return messageHint(userData, start);
  const [os, what] = textHint(start.replace(TEMPLATE_LINE, "")) ?? [];
  return os && { os, evidence: `the user data starts with ${what}` };
}

function textHint(text: string): Found | undefined {
  const script = scriptAtStart(text);
  if (script?.guest === "windows") return ["windows", script.name];
  if (/^\s*\{/.test(text) && text.includes('"ignition"')) return ["linux", "Ignition's JSON"];
  const prefix = cloudInitPrefix(text);
  if (prefix === undefined || script?.guest === "either") return undefined;
  if (prefix !== "#cloud-config") return ["linux", prefix];
  return text.startsWith(prefix)
    ? undefined
    : ["linux", "#cloud-config in capitals or after white space"];
}

function messageHint(message: Uint8Array, start: string): OsHint | undefined {
  if (!isCloudbaseInitMessage(start)) {
    return { os: "linux", evidence: "the user data is a message that only cloud-init reads" };
  }
  const found = new Map<GuestOs, string>();
  for (const head of partHeads(message)) {
    const hint = partHint(head);
    if (hint !== undefined && !found.has(hint[0])) found.set(...hint);
    // A message with parts for both guests gives no hint.
    if (found.size > 1) return undefined;
  }
  for (const [os, what] of found) return { os, evidence: `the user data has a part of ${what}` };
  return undefined;
}

/** cloud-init detects the format of scripts and of plain text; cloudbase-init only that of scripts. */
function partHint({ type, extension, text }: PartHead): Found | undefined {
  if (LINUX_TYPES.test(type)) return ["linux", type];
  const prefix = cloudInitPrefix(text);
  if (type === "text/plain") return prefix && ["linux", prefix];
  if (type !== "text/x-shellscript") return undefined;
  const script = scriptAtStart(text);
  const windows = WINDOWS_EXTENSIONS.includes(extension)
    ? `.${extension}`
    : script?.guest === "windows"
    ? script.name
    : undefined;
  if (windows !== undefined) return prefix === undefined ? ["windows", windows] : undefined;
  return extension === "py" || script?.guest === "either" ? undefined : prefix && ["linux", prefix];
}

import type { GuestOs, GuestOsVerdict } from "../kubevirt/guest_os.ts";
import { cloudInitOpening, isMessage, OPENING_LENGTH } from "./format_prefix.ts";
import { openingOfPart, partOpenings } from "./part_headers.ts";
import { openingOf } from "./user_data.ts";

/** Openings of scripts that cloudbase-init alone runs (cloudbaseinit/plugins/common/userdatautils.py). */
const WINDOWS_SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/^#ps1/, "#ps1"],
  [/^rem\s+cmd\s/, "rem cmd"],
  [/^\s*<(powershell|script)>/, "a <powershell> or <script> tag"],
];

/** File names by which cloudbase-init chooses an interpreter that only Windows has (ibidem). */
const WINDOWS_FILES: readonly string[] = ["ps1", "cmd", "exe"];

/** The one script with a `#!` for which cloudbase-init has an interpreter of its own (ibidem). */
const PYTHON = /^#!\s*\/usr\/bin\/env\s+python\s/;

/** The first line of a template, as either of the two spells it. What it is a template of stands below. */
const TEMPLATE_LINE = /^\s*##\s*template:[^\n]*\n/i;

/**
 * Types of parts that cloud-init acts on (cloudinit/user_data.py, cloudinit/handlers/__init__.py) and
 * cloudbase-init does not. Not text/part-handler and text/cloud-config: cloudbase-init has plugins for both
 * (cloudbaseinit/conf/default.py, user_data_plugins).
 */
const LINUX_TYPES = new RegExp(
  "^(text/(cloud-boothook|cloud-config-archive|cloud-config-jsonp|jinja2|upstart-job|x-include-url|" +
    "x-include-once-url|x-shellscript-per-(boot|instance|once))|" +
    "application/(x-)?(gzip|gzip-compressed|gzipped|gunzip|compress|compressed))$",
);

/** A guest, and what it acts on where the other one does not. */
type Speech = readonly [GuestOs, string];

/**
 * What user data says of the guest: that it is the one of the two that acts on it. User data that both act
 * on, such as `#cloud-config`, or neither, says nothing.
 *
 * @param userData Unpacked. However large it is, no more than openings and headers are decoded.
 */
export function userDataWitness(userData: Uint8Array): GuestOsVerdict | undefined {
  const opening = openingOf(userData, OPENING_LENGTH);
  if (isMessage(opening)) return messageWitness(userData, opening);
  const [os, what] = textSpeech(opening.replace(TEMPLATE_LINE, "")) ?? [];
  return os && { os, evidence: `the user data opens with ${what}` };
}

function textSpeech(text: string): Speech | undefined {
  const script = windowsScript(text);
  if (script !== undefined) return ["windows", script];
  // A page's <script> in it would be one for cloudbase-init.
  if (/^\s*\{/.test(text) && text.includes('"ignition"')) return ["linux", "Ignition's JSON"];
  const known = cloudInitOpening(text);
  if (known === undefined || PYTHON.test(text)) return undefined;
  if (known !== "#cloud-config") return ["linux", known];
  return text.startsWith(known)
    ? undefined
    : ["linux", "#cloud-config in capitals or behind white space"];
}

function messageWitness(message: Uint8Array, opening: string): GuestOsVerdict | undefined {
  const [header = ""] = opening.split("\n\n", 1);
  if (!header.includes("Content-Type: multipart")) {
    return { os: "linux", evidence: "the user data is a message as cloud-init alone reads it" };
  }
  const found = new Map<GuestOs, string>();
  for (const part of partOpenings(message)) {
    const [os, what] = partSpeech(part) ?? [];
    if (os !== undefined && what !== undefined && !found.has(os)) found.set(os, what);
    // A message for both guests.
    if (found.size > 1) return undefined;
  }
  for (const [os, what] of found) return { os, evidence: `the user data has a part of ${what}` };
  return undefined;
}

/** cloud-init looks into scripts and plain text for what they are; cloudbase-init into scripts alone. */
function partSpeech(part: string): Speech | undefined {
  const { type, extension, text } = openingOfPart(part);
  if (LINUX_TYPES.test(type)) return ["linux", type];
  const known = cloudInitOpening(text);
  if (type === "text/plain") return speech("linux", known);
  if (type !== "text/x-shellscript") return undefined;
  const windows = WINDOWS_FILES.includes(extension) ? `.${extension}` : windowsScript(text);
  if (windows === undefined) {
    return extension === "py" || PYTHON.test(text) ? undefined : speech("linux", known);
  }
  return known === undefined ? speech("windows", windows) : undefined;
}

function speech(os: GuestOs, what: string | undefined): Speech | undefined {
  return what === undefined ? undefined : [os, what];
}

function windowsScript(text: string): string | undefined {
  return WINDOWS_SCRIPTS.find(([opening]) => opening.test(text))?.[1];
}

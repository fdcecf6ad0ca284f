/** A script that cloudbase-init recognises by its content. */
export interface CloudbaseInitScript {
  /** For messages. */
  readonly name: string;
  /** The guest that it is written for: cloud-init runs some of these scripts too. */
  readonly guest: "windows" | "either" | "linux";
}

/**
 * In cloudbase-init's own order: the first match counts
 * (cloudbase/cloudbase-init cloudbaseinit/plugins/common/userdatautils.py, _SCRIPTS).
 */
const SCRIPTS: readonly (readonly [RegExp, CloudbaseInitScript])[] = [
  [/^rem\s+cmd\s/, { name: "rem cmd", guest: "windows" }],
  [/^#!\s*\/usr\/bin\/env\s+python\s/, { name: "#!", guest: "either" }],
  // cloudbase-init runs these with bash, which few Windows images have.
  [/^#!/, { name: "#!", guest: "linux" }],
  [/^#(ps1|ps1_sysnative)\s/, { name: "#ps1", guest: "windows" }],
  [/^#ps1_x86\s/, { name: "#ps1_x86", guest: "windows" }],
  [/<\/?(script|powershell)>/, { name: "a <powershell> or <script> tag", guest: "windows" }],
];

/** The kind of script that cloudbase-init recognises in a text; undefined if it recognises none. */
export function cloudbaseInitScript(text: string): CloudbaseInitScript | undefined {
  return SCRIPTS.find(([pattern]) => pattern.test(text))?.[1];
}

/** The same, but only if the text starts with the match: a page of HTML may have such a tag anywhere. */
export function scriptAtStart(text: string): CloudbaseInitScript | undefined {
  return SCRIPTS.find(([pattern]) => {
    const found = pattern.exec(text);
    return found !== null && text.slice(0, found.index).trim() === "";
  })?.[1];
}

/** File extensions for which cloudbase-init chooses an interpreter that only Windows has (the same file). */
export const WINDOWS_EXTENSIONS: readonly (string | undefined)[] = ["ps1", "cmd", "exe"];

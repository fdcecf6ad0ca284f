/** A script that cloudbase-init recognises by its content. */
export interface CloudbaseInitScript {
  /** For people. */
  readonly name: string;
  /** The guests that it is written for: cloud-init runs some of these scripts too. */
  readonly guest: "windows" | "either" | "linux";
}

/**
 * In cloudbase-init's own order, in which the first match counts
 * (cloudbase/cloudbase-init cloudbaseinit/plugins/common/userdatautils.py, _SCRIPTS).
 */
const SCRIPTS: readonly (readonly [RegExp, CloudbaseInitScript])[] = [
  [/^rem\s+cmd\s/, { name: "rem cmd", guest: "windows" }],
  [/^#!\s*\/usr\/bin\/env\s+python\s/, { name: "#!", guest: "either" }],
  // cloudbase-init runs these with a bash, which Windows images seldom have.
  [/^#!/, { name: "#!", guest: "linux" }],
  [/^#(ps1|ps1_sysnative)\s/, { name: "#ps1", guest: "windows" }],
  [/^#ps1_x86\s/, { name: "#ps1_x86", guest: "windows" }],
  [/<\/?(script|powershell)>/, { name: "a <powershell> or <script> tag", guest: "windows" }],
];

/** The script that cloudbase-init takes a text for, if it takes it for one. */
export function cloudbaseInitScript(text: string): CloudbaseInitScript | undefined {
  return SCRIPTS.find(([pattern]) => pattern.test(text))?.[1];
}

/** The same, for a text that starts with what makes it a script: a tag may stand anywhere in a page of HTML. */
export function scriptAtStart(text: string): CloudbaseInitScript | undefined {
  return SCRIPTS.find(([pattern]) => {
    const found = pattern.exec(text);
    return found !== null && text.slice(0, found.index).trim() === "";
  })?.[1];
}

/** File names by which cloudbase-init chooses an interpreter that Windows alone has (the same table). */
export const WINDOWS_EXTENSIONS: readonly string[] = ["ps1", "cmd", "exe"];

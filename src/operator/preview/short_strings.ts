import { SCRIPT_STRING, UNIT_NAME } from "../../credentials/unit.ts";

/** What the OEM strings of the sidecar hold, by the end of their names. */
const CONTENTS: readonly (readonly [string, string])[] = [
  [`systemd.extra-unit.${UNIT_NAME}=`, "the unit that runs the script"],
  ["systemd.unit-dropin.sysinit.target=", "a drop-in that starts the unit"],
  ["tmpfiles.extra=", "what systemd 252 to 255 need instead"],
  [SCRIPT_STRING, "the script with the settings"],
];

/** An OEM string: its name up to the equals sign, and its value. */
const ENTRY = /<entry>([^<=]*=)([^<]*)<\/entry>/g;

/** The lines of a domain's diff for people: each OEM string of the sidecar on a line, its value as size and contents. */
export function withShortStrings(diff: readonly string[]): readonly string[] {
  return diff.flatMap((line) => {
    const start = line.slice(0, line.indexOf("<"));
    return line
      .replaceAll(ENTRY, (entry: string, name: string, value: string) => {
        const contents = CONTENTS.find(([end]) => name.endsWith(end))?.[1];
        const text = contents === undefined
          ? entry
          : `<entry>${name}…</entry> (${value.length} characters: ${contents})`;
        return `\n${start}\t${text}`;
      })
      .replace("</oemStrings>", `\n${start}</oemStrings>`)
      .split("\n");
  });
}

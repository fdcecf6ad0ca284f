import { InvalidInput } from "../../text/invalid_input.ts";
import type { GuestSettings } from "../settings.ts";

/**
 * The number of this form, which role.sh has too. A change that an older role.sh would misread takes the next
 * number. Number 1 was the JSON of release 0.1.0, which did not carry it.
 */
const FORMAT = 2;

/**
 * The settings as lines that a POSIX shell reads without a program: first the format, then one `NAME=value` on
 * each line, with the value as it is. The last line is `END`: where it is missing, the settings are incomplete.
 *
 * @throws {InvalidInput} if a value has a line break. The identity and the flags have none; the name of a volume
 * of the VMI, which is the share's tag, is not ours to trust.
 */
export function linuxSettings(settings: GuestSettings): string {
  const values: readonly (readonly [string, string])[] = [
    ["FORMAT", String(FORMAT)],
    ["MOUNT_TAG", settings.mountTag],
    ["MOUNT_PATH", settings.mountPath],
    ["TOKEN_NAME", settings.tokenName],
    ["TOKEN_READERS", settings.tokenReaders],
    ...settings.variables,
  ];
  const broken = values.find(([, value]) => /[\0\n]/.test(value));
  if (broken !== undefined) {
    throw new InvalidInput(`The guest's setting ${broken[0]} must be one line of text.`);
  }
  return [...values.map(([name, value]) => `${name}=${value}`), "END", ""].join("\n");
}

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
 * @param settings No value of them has a control character.
 */
export function linuxSettings(settings: GuestSettings): string {
  const { agentRoute } = settings;
  const values: readonly (readonly [string, string])[] = [
    ["FORMAT", String(FORMAT)],
    ["MOUNT_TAG", settings.mountTag],
    ["MOUNT_PATH", settings.mountPath],
    ["TOKEN_NAME", settings.tokenName],
    ["TOKEN_READERS", settings.tokenReaders],
    ...agentRoute === undefined
      ? []
      : [["AGENT_ADDRESS", agentRoute.address], ["AGENT_GATEWAY", agentRoute.gateway]] as const,
    ...settings.variables,
  ];
  return [...values.map(([name, value]) => `${name}=${value}`), "END", ""].join("\n");
}

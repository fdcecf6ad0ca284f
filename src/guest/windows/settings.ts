import type { GuestSettings } from "../settings.ts";

/**
 * The number of this form, which names.ps1 has too. A change that an older script would misread takes the next
 * number. The settings of release 0.1.0 have the same members and no number.
 */
const FORMAT = 1;

/** The settings as JSON, for PowerShell's ConvertFrom-Json. */
export function windowsSettings(settings: GuestSettings): string {
  return JSON.stringify({
    format: FORMAT,
    ...settings,
    variables: Object.fromEntries(settings.variables),
  });
}

/** Who may read the published token: every user of the guest, root alone, or root and one group. */
export type TokenReaders = "everyone" | "root" | `group:${string}`;

/** What a guest has to know. It travels as data beside the script that acts on it, never inside of it. */
export interface GuestSettings {
  /** The virtiofs tag of the share. */
  readonly mountTag: string;
  /** Where the guest mounts the share. */
  readonly mountPath: string;
  /** The token's file in the share. */
  readonly tokenName: string;
  readonly tokenReaders: TokenReaders;
  /** The variables as the guest's programs see them. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The comment in front of the settings, by which a guest finds them in its raw user data. */
export const SETTINGS_MARKER = "#eks-irsa-settings: ";

/**
 * The settings as one line of base64. What it holds is JSON with one member a line, indented by its
 * depth, so that a POSIX shell can read it too: no text in it has a control character, which leaves `\"` and
 * `\\` as the only escapes.
 */
export function encodeSettings(settings: GuestSettings): string {
  const json = JSON.stringify(
    { ...settings, variables: Object.fromEntries(settings.variables) },
    null,
    1,
  );
  return new TextEncoder().encode(json).toBase64();
}

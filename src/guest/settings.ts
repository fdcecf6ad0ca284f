import type { AgentRoute } from "../identity/agent.ts";

/** Who may read the published token: every user of the guest, root alone, or root and one group. */
export type TokenReaders = "everyone" | "root" | `group:${string}`;

/** What a guest has to know. It travels as data beside the script that uses it, never as text within it. */
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
  /** The route that the guest needs beside its own; undefined if it needs none. */
  readonly agentRoute: AgentRoute | undefined;
}

/**
 * The comment that carries settings in a script: a marker, by which a guest finds the line in its raw user data,
 * and base64 of UTF-8.
 *
 * @param text The settings in the form that the guest's script reads.
 */
export function settingsLine(text: string): string {
  return `#eks-irsa-settings: ${new TextEncoder().encode(text).toBase64()}`;
}

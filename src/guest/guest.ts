import type { GuestSettings, TokenReaders } from "./settings.ts";

/** A variable that a guest cannot hold, and why. */
export interface LeftOut {
  readonly variable: string;
  readonly reason: string;
}

/** A part of user data that we write: 7-bit text with LF line ends, readable in the raw message. */
export interface GuestPart {
  /** The MIME type, by which the guest's reader knows what to do with it. */
  readonly type: string;
  readonly filename: string;
  readonly body: string;
}

/** The parts that we write: one before the VM owner's part, and for some guests one after it. */
export interface GuestParts {
  readonly first: GuestPart;
  readonly last?: GuestPart;
}

/** What the VM's owner chooses by flags. */
export type GuestOptions = Pick<GuestSettings, "mountTag" | "mountPath" | "tokenReaders">;

/** What the sidecar has to know of one operating system. */
export interface Guest {
  /** Where the share is mounted if the VM's owner names no path. */
  defaultMountPath(tokenReaders: TokenReaders): string;
  /** Why this guest cannot follow the options, as a sentence that starts with the flag; nothing if it can. */
  optionProblem(options: GuestOptions): string | undefined;
  /** The token's file in the guest, which a variable names. */
  readonly tokenFile: string;
  /** Why the guest cannot hold a variable exactly; nothing if it can. */
  variableProblem(name: string, value: string): string | undefined;
  /** The parts of the user data that give the guest these settings. */
  parts(settings: GuestSettings): GuestParts;
}

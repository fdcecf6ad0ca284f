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

/** The parts that we write: one before those of the VM's owner, and for some guests one behind them. */
export interface GuestParts {
  readonly first: GuestPart;
  readonly last?: GuestPart;
}

/** What a VM's owner can choose by flags. */
export type GuestWishes = Pick<GuestSettings, "mountPath" | "tokenReaders">;

/** What the sidecar has to know of one operating system. */
export interface Guest {
  /** Where the share is mounted unless the VM's owner says otherwise, who also says who may read the token. */
  defaultMountPath(tokenReaders: TokenReaders): string;
  /** Which of the VM owner's wishes this guest cannot fulfil, as a sentence that names the flag. */
  wishProblem(wishes: GuestWishes): string | undefined;
  /** The file that `AWS_WEB_IDENTITY_TOKEN_FILE` names in the guest. */
  readonly tokenFile: string;
  /** Why the guest cannot hold a variable exactly, or nothing if it can. */
  variableProblem(name: string, value: string): string | undefined;
  /** The parts of the user data that bring the guest to the settings. */
  parts(settings: GuestSettings): GuestParts;
}

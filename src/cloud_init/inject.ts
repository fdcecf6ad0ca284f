import type { GuestParts } from "../guest/guest.ts";
import { writeMessage } from "./mime.ts";
import type { Reader, UserData } from "./user_data.ts";

/** What came of putting our parts around somebody's user data. */
export type Injection =
  | {
    readonly kind: "injected";
    readonly userData: string;
    /** What their user data is, in a few words; never its content. */
    readonly format: string;
  }
  | { readonly kind: "untouched"; readonly reason: string };

/**
 * Puts our parts around the user data of a VM's owner, if its reader acts on that user data within a
 * message exactly as it would have alone.
 *
 * @param userData Theirs; may be empty. Nothing if it cannot be unpacked.
 */
export function injectUserData(
  userData: UserData | undefined,
  ours: GuestParts,
  read: Reader,
): Injection {
  if (userData === undefined) {
    return {
      kind: "untouched",
      reason: "it is gzip that cannot be unpacked, or is of more than 4 MiB",
    };
  }
  const theirs = read(userData.bytes);
  switch (theirs.kind) {
    case "untouchable":
      return { kind: "untouched", reason: theirs.reason };
    case "empty":
      return { kind: "injected", userData: writeMessage(ours, undefined), format: "empty" };
    case "carried":
      return {
        kind: "injected",
        userData: writeMessage(ours, theirs.entity),
        format: userData.packed ? `gzip of ${theirs.format}` : theirs.format,
      };
  }
}

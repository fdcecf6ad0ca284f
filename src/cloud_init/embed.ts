import type { GuestParts } from "../guest/guest.ts";
import { writeMessage } from "./mime.ts";
import type { Embedding, Reader, UserData } from "./user_data.ts";

/**
 * Decides how the user data of a VM's owner is embedded. It is embedded only if its reader acts on it in a message
 * exactly as it would without the message.
 *
 * @param userData May be empty. Undefined if it is gzip that cannot be unpacked.
 */
export function embedUserData(userData: UserData | undefined, read: Reader): Embedding {
  if (userData === undefined) {
    return {
      kind: "untouched",
      reason: "it is gzip that cannot be unpacked, or that holds more than 4 MiB",
    };
  }
  const embedding = read(userData.bytes);
  return embedding.kind === "embedded" && userData.isPacked
    ? { ...embedding, format: `gzip of ${embedding.format}` }
    : embedding;
}

/** Writes the user data that the guest gets. */
export function writeUserData(
  ours: GuestParts,
  embedding: Exclude<Embedding, { readonly kind: "untouched" }>,
): string {
  return writeMessage(ours, embedding.kind === "embedded" ? embedding.entity : undefined);
}

import type { GuestOptions } from "../guest/guest.ts";
import { GUESTS } from "../guest/guests.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Refuses options that the guest cannot follow: the hook would refuse them too, and fail the VM's start. If the
 * guest is not known yet, one guest that can follow them is enough.
 *
 * @param os The guest, if the VM's owner has named it.
 * @param mountPath Where the guest is to mount the share, if the VM's owner has named a path.
 * @param mountTag The tag of the webhook's share.
 * @throws {UsageError} if the named guest, or every guest if none is named, cannot follow the options.
 */
export function assertGuestOptions(
  os: GuestOs | undefined,
  mountPath: string | undefined,
  mountTag: string,
  tokenReaders: GuestOptions["tokenReaders"],
): void {
  const candidates = os === undefined ? Object.values(GUESTS) : [GUESTS[os]];
  const problems = candidates.flatMap((guest) =>
    guest.optionProblem({
      mountPath: mountPath ?? guest.defaultMountPath(tokenReaders),
      mountTag,
      tokenReaders,
    }) ?? []
  );
  if (problems.length < candidates.length) return;
  throw new UsageError(`The flag ${problems.join("; the flag ")}.`);
}

import type { Guest, GuestWishes } from "../guest/guest.ts";
import { linuxGuest } from "../guest/linux/guest.ts";
import { windowsGuest } from "../guest/windows/guest.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";
import { UsageError } from "./usage_error.ts";

/** The guests that `--os` can name. */
const GUESTS_BY_NAME: Readonly<Record<GuestOs, Guest>> = {
  linux: linuxGuest,
  windows: windowsGuest,
};

/**
 * Refuses what the guest cannot do, so that the sidecar does not start for a VM whose start it would fail.
 * Where the guest is not known yet, one that can do it is enough: the hook looks again.
 *
 * @param os The guest, if the VM's owner has named it.
 * @param mountPath Where the guest is to mount the share, if the VM's owner has a wish.
 * @throws {UsageError} if the guest, or any guest there is, cannot fulfil the wishes.
 */
export function assertWishes(
  os: GuestOs | undefined,
  mountPath: string | undefined,
  tokenReaders: GuestWishes["tokenReaders"],
): void {
  const candidates = os === undefined ? Object.values(GUESTS_BY_NAME) : [GUESTS_BY_NAME[os]];
  const problems = candidates.flatMap((guest) =>
    guest.wishProblem({
      mountPath: mountPath ?? guest.defaultMountPath(tokenReaders),
      tokenReaders,
    }) ?? []
  );
  if (problems.length < candidates.length) return;
  throw new UsageError(`The flag ${problems.join("; the flag ")}.`);
}

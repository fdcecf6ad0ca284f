import type { GuestOs } from "../kubevirt/guest_os.ts";
import type { Guest } from "./guest.ts";
import { linuxGuest } from "./linux/guest.ts";
import { windowsGuest } from "./windows/guest.ts";

/** The guests that the sidecar can serve. */
export const GUESTS: Readonly<Record<GuestOs, Guest>> = {
  linux: linuxGuest,
  windows: windowsGuest,
};

import type { TokenReaders } from "../guest/settings.ts";
import type { WebhookShare } from "../identity/share.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";

/** The options of a VM that its owner can set by the sidecar's flags. */
export interface VmOptions {
  /** The guest's operating system; undefined if it has to be detected. */
  readonly os: GuestOs | undefined;
  /** Where the guest mounts the share; undefined for the default of its operating system. */
  readonly mountPath: string | undefined;
  readonly webhookShare: WebhookShare;
  readonly tokenReaders: TokenReaders;
}

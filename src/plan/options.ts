import type { TokenReaders } from "../guest/settings.ts";
import type { WebhookShare } from "../identity/share.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";

/** What the owner of a VM can decide about it, by the sidecar's flags. */
export interface VmOptions {
  /** The guest; absent where it is to be detected. */
  readonly os: GuestOs | undefined;
  /** Where the guest mounts the share; absent for the guest's own default. */
  readonly mountPath: string | undefined;
  readonly webhookShare: WebhookShare;
  readonly tokenReaders: TokenReaders;
}

import type { TokenReaders } from "../guest/settings.ts";
import type { WebhookShare } from "../identity/share.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";

/** The ways to the guest that `--delivery` can choose, as that flag spells them. */
export const DELIVERIES = ["auto", "cloud-init", "domain"] as const;

/** By cloud-init data, by the domain's OEM strings, or as the VM and its guest need it. */
export type Delivery = typeof DELIVERIES[number];

/** The options of a VM that its owner can set by the sidecar's flags. */
export interface VmOptions {
  /** The guest's operating system; undefined if it has to be detected. */
  readonly os: GuestOs | undefined;
  /** Where the guest mounts the share; undefined for the default of its operating system. */
  readonly mountPath: string | undefined;
  readonly webhookShare: WebhookShare;
  readonly tokenReaders: TokenReaders;
  /** "auto" only if the sidecar subscribes to PreCloudInitIso. */
  readonly delivery: Delivery;
}

import type { TokenReaders } from "../guest/settings.ts";
import type { Identity } from "../identity/identity.ts";
import type { WebhookShare } from "../identity/share.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";
import type { Note } from "../log/note.ts";

/** What the hooks decide by, beside what virt-launcher hands in. */
export interface HookContext {
  /** Absent if the pod has no role by IRSA: the hooks then hand back what they got. */
  readonly identity: Identity | undefined;
  /** The guest, if the VM's owner has named it. */
  readonly os: GuestOs | undefined;
  /** Where the guest mounts the share, if the VM's owner has a wish. */
  readonly mountPath: string | undefined;
  readonly webhookShare: WebhookShare;
  readonly tokenReaders: TokenReaders;
}

/** The outcome of a hook, and what the operator should know of it. */
export interface Decision<Result> {
  /** Writes the result down. What it took to decide can be garbage by then. */
  readonly result: () => Result;
  readonly notes: readonly Note[];
}

import type { Identity } from "../identity/identity.ts";
import type { Note } from "../log/note.ts";
import type { VmOptions } from "../plan/options.ts";

/** What the hooks decide by, beside what virt-launcher hands in. */
export interface HookContext extends VmOptions {
  /** Absent if the pod has no role by IRSA: the hooks then return what they got. */
  readonly identity: Identity | undefined;
}

/** The outcome of a hook, and what the log should say about it. */
export interface Decision<Result> {
  /** Writes the result. What it took to decide can be garbage by then. */
  readonly result: () => Result;
  readonly notes: readonly Note[];
}

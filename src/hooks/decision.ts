import type { Identity } from "../identity/identity.ts";
import type { Note } from "../log/note.ts";
import type { VmOptions } from "../plan/options.ts";

/** What the hooks' decisions are based on, apart from the request. */
export interface HookContext extends VmOptions {
  /** Undefined if the pod has no role: the hooks then return their input unchanged. */
  readonly identity: Identity | undefined;
}

/** The outcome of a hook, and the notes on it for the log. */
export interface Decision<Result> {
  /** Builds the result. It is called late, so that what the decision needed can be collected before. */
  readonly result: () => Result;
  readonly notes: readonly Note[];
}

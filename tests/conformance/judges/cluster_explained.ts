/** A manifest of which `check` and KubeVirt say different things, and why both are right. */
export interface Explained {
  readonly file: string;
  /** The errors that check finds. */
  readonly errors: readonly string[];
  /** Words with which KubeVirt refuses it; without them, it creates the pod. */
  readonly refused?: string;
  readonly why: string;
}

/** Each holds, or the judge fails. */
export const EXPLAINED: readonly Explained[] = [];

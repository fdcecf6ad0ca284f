import type { CheckContext } from "./check_context.ts";
import type { Finding, Severity } from "./finding.ts";

/** What rules look at. Each is a table in docs/troubleshooting.md. */
export const TOPICS = [
  "The sidecar",
  "The cluster",
  "The service account",
  "The share",
  "The user data and the guest",
  "The manifest",
  "The VM while it runs",
] as const;
export type Topic = typeof TOPICS[number];

/** What a rule has found: a finding without what the rule says of all of them. */
export type Problem = Omit<Finding, "code" | "severity"> & {
  /** Where it differs from the rule's. */
  readonly severity?: Severity;
};

/** One thing that can be wrong with a virtual machine. */
export interface Rule {
  /** Stable, for scripts and for docs/troubleshooting.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly looksAt: Topic;
  /** What it finds, as docs/troubleshooting.md says it. */
  readonly summary: string;
  readonly find: (context: CheckContext) => readonly Problem[];
}

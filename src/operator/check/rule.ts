import type { CheckContext } from "./check_context.ts";
import type { Finding, Severity } from "./finding.ts";

/** The topics of rules. docs/troubleshooting.md has a table for each. */
export const TOPICS = [
  "The admission policy",
  "The sidecar",
  "The cluster",
  "The service account",
  "The share",
  "EKS Pod Identity",
  "The user data and the guest",
  "The manifest",
  "The VM while it runs",
] as const;
export type Topic = typeof TOPICS[number];

/** A finding without what the rule declares. */
export type Problem = Omit<Finding, "code" | "severity"> & {
  /** Overrides the rule's severity. */
  readonly severity?: Severity;
};

/** A check for one kind of mistake. */
export interface Rule {
  /** Stable, for scripts and for docs/troubleshooting.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly looksAt: Topic;
  /** The mistake in a few words; also in docs/troubleshooting.md. */
  readonly summary: string;
  readonly find: (context: CheckContext) => readonly Problem[];
}

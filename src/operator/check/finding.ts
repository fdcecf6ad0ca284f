import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";

/** An error keeps the VM from starting or from getting its role. A warning may do so. */
export type Severity = "error" | "warning";

/** A mistake in the manifests of a virtual machine. */
export interface Finding {
  /** The rule that found it. Stable, for scripts and for docs/troubleshooting.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly manifest: Manifest;
  /** Where in the manifest. */
  readonly path: Path;
  /** The offset in the string at `path`, which gives the line if the string has several. */
  readonly character?: number | undefined;
  /** What is wrong, in one sentence without user data. */
  readonly what: string;
  /** The consequence. */
  readonly why: string;
  readonly fix: string;
  /** A line to copy into the manifest. */
  readonly snippet?: string;
}

/** The line of a finding in its file, from 1. */
export function lineOfFinding({ manifest, path, character }: Finding): number {
  return manifest.lineOf(path, character);
}

import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";

/** An error keeps the VM from having its role, or from starting; a warning may. */
export type Severity = "error" | "warning";

/** Something that is wrong with the manifests of a virtual machine. */
export interface Finding {
  /** The rule that found it. Stable, for scripts and for docs/troubleshooting.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly manifest: Manifest;
  /** Where in the manifest. */
  readonly path: Path;
  /** The character in the text there, if the text has several lines. */
  readonly character?: number | undefined;
  /** What is wrong, in one sentence. Quotes no user data. */
  readonly what: string;
  /** What follows from it. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
  /** A line to copy. */
  readonly snippet?: string;
}

/** The line that a finding is about. */
export function lineOfFinding({ manifest, path, character }: Finding): number {
  return manifest.lineOf(path, character);
}

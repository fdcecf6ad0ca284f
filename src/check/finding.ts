import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";

/** An error keeps the VM from having its role, or from starting; a warning may. */
export type Severity = "error" | "warning";

/** Something that is wrong with a virtual machine's manifests. */
export interface Finding {
  /** Stable, for scripts and for docs/troubleshooting.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly manifest: Manifest;
  /** Where in the manifest. */
  readonly path: Path;
  /** What is wrong, one sentence. Quotes no user data. */
  readonly what: string;
  /** What comes of it, and because of what. */
  readonly why: string;
  /** What to do. */
  readonly mend: string;
}

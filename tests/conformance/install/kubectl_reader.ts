import type { Bench } from "../judges/judge.ts";
import { goBuild, requiredVersion } from "./go_build.ts";

/** kubectl's reader of manifests, compiled into a program (see kubectl/main.go). */
export interface KubectlReader {
  /** The versions of its two modules that read. */
  readonly version: string;
  readonly program: string;
}

/**
 * Compiles `kubectl/main.go`.
 *
 * @throws {JudgeMissing} if Go is missing or the modules cannot be downloaded
 */
export async function kubectlReader(bench: Bench): Promise<KubectlReader> {
  const folder = `${bench.repository}/tests/conformance/kubectl`;
  const versionOf = (module: string) => requiredVersion(`${folder}/go.mod`, module);
  const version = `apimachinery ${await versionOf("k8s.io/apimachinery")}, ` +
    `sigs.k8s.io/yaml ${await versionOf("sigs.k8s.io/yaml")}`;
  const program = `${bench.cache}/kubectl-reader`;
  bench.progress(`kubectl's reader: compile it (${version})`);
  await goBuild({ what: "kubectl's reader", folder, packages: ["."], output: program });
  return { version, program };
}

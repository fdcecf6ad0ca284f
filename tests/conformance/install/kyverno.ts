import type { Bench } from "../judges/judge.ts";
import { goBuild, requiredVersion } from "./go_build.ts";

/** Kyverno's command line, and kustomize, which reads the folders of deploy/ as kubectl does. */
export interface KyvernoPrograms {
  /** Kyverno's release, like `v1.19.1`. */
  readonly version: string;
  readonly kyverno: string;
  readonly kustomize: string;
}

/**
 * Builds the programs that kyverno/go.mod names as tools, with a low priority. 6 to 8 minutes of processor time with
 * cold caches.
 *
 * @throws {JudgeMissing} if Go is missing or too old, or a module cannot be downloaded
 */
export async function kyvernoPrograms(
  { repository, cache, progress }: Bench,
): Promise<KyvernoPrograms> {
  const folder = `${repository}/tests/conformance/kyverno`;
  const version = await requiredVersion(`${folder}/go.mod`, "github.com/kyverno/kyverno");
  const programs = `${cache}/kyverno-${version}`;
  progress(`build Kyverno's command line ${version}`);
  // `tool` stands for the tools of go.mod.
  await goBuild({
    what: "Kyverno's command line",
    folder,
    packages: ["tool"],
    output: `${programs}/`,
    isLong: true,
  });
  return {
    version,
    kyverno: `${programs}/kubectl-kyverno`,
    kustomize: `${programs}/kustomize`,
  };
}

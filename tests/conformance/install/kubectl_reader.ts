import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { findProgram, runProgram } from "./run_program.ts";

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
  if (await findProgram("go") === undefined) {
    throw new JudgeMissing(
      "there is no go in PATH; install Go 1.21 or newer (https://go.dev/doc/install): Debian 12's is older",
    );
  }
  const cwd = `${bench.repository}/tests/conformance/kubectl`;
  const required = await Deno.readTextFile(`${cwd}/go.mod`);
  const versions = ["k8s.io/apimachinery", "sigs.k8s.io/yaml"].map((name) =>
    new RegExp(`\\b${RegExp.escape(name)} (v\\S+)`).exec(required)?.[1] ?? "?"
  );
  const version = `apimachinery ${versions[0]}, sigs.k8s.io/yaml ${versions[1]}`;
  const program = `${bench.cache}/kubectl-reader`;
  bench.progress(`kubectl's reader: compile it (${version})`);
  try {
    await runProgram(["go", "build", "-o", program, "."], { cwd, env: { CGO_ENABLED: "0" } });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot compile kubectl's reader: ${reason}`);
  }
  return { version, program };
}

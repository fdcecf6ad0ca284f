import { JudgeMissing } from "../judges/judge.ts";
import { findProgram, runProgram } from "./run_program.ts";

/** What `go build` makes of a module of this repository. */
export interface GoBuild {
  /** For the error. */
  readonly what: string;
  /** The folder with the module file. */
  readonly folder: string;
  /** Default: go.mod. */
  readonly moduleFile?: string;
  readonly packages: readonly string[];
  readonly tags?: string;
  /** The program, or a folder with `/` at its end. */
  readonly output: string;
  /** A build of many minutes, which runs with a low priority and without symbols. */
  readonly isLong?: boolean;
}

/** A cold build of a large program on two cores that other judges use, with a margin. */
const LONG_BUILD_SECONDS = 3_600;

/**
 * Builds programs from the Go module proxy. Go's own caches make the second time quick.
 *
 * @throws {JudgeMissing} if Go is missing or too old, or a module cannot be downloaded
 */
export async function goBuild(
  { what, folder, moduleFile = "go.mod", packages, tags, output, isLong = false }: GoBuild,
): Promise<void> {
  if (await findProgram("go") === undefined) {
    throw new JudgeMissing(
      "there is no go in PATH; install Go 1.21 or newer (https://go.dev/doc/install): Debian 12's is older",
    );
  }
  const build = ["go", "build", `-modfile=${moduleFile}`];
  if (tags !== undefined) build.push(`-tags=${tags}`);
  try {
    await runProgram(
      [
        ...(isLong ? ["nice", ...build, "-trimpath", "-ldflags=-s -w"] : build),
        ...["-o", output],
        ...packages,
      ],
      {
        cwd: folder,
        env: { CGO_ENABLED: "0" },
        ...(isLong ? { seconds: LONG_BUILD_SECONDS } : {}),
      },
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot build ${what}: ${reason}`);
  }
}

/**
 * The version of a module, like `v1.9.0`.
 *
 * @param moduleFile The path of a go.mod.
 * @throws {Error} if it does not require the module
 */
export async function requiredVersion(moduleFile: string, module: string): Promise<string> {
  const text = await Deno.readTextFile(moduleFile);
  const line = new RegExp(`^(?:require)?\\s*${RegExp.escape(module)} (v\\S+)`, "m");
  const version = line.exec(text)?.[1];
  if (version === undefined) throw new Error(`${moduleFile} requires no ${module}`);
  return version;
}

import { JudgeMissing } from "../judges/judge.ts";
import { findProgram, runProgram } from "./run_program.ts";

let listsAreFresh: Promise<void> | undefined;

/**
 * Installs programs that are missing, with apt-get, which needs root. `wanted` maps a program to the Debian package that
 * has it.
 *
 * @throws {JudgeMissing} if a program is missing and cannot be installed
 */
export async function ensurePrograms(wanted: Readonly<Record<string, string>>): Promise<void> {
  const missing = new Set<string>();
  for (const [program, debianPackage] of Object.entries(wanted)) {
    if (await findProgram(program) === undefined) missing.add(debianPackage);
  }
  if (missing.size > 0) await installPackages([...missing]);
}

/**
 * Installs Debian packages with apt-get, which needs root.
 *
 * @throws {JudgeMissing} if they cannot be installed
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const names = packages.join(", ");
  if (Deno.uid() !== 0 || await findProgram("apt-get") === undefined) {
    throw new JudgeMissing(`needs the Debian packages ${names}; only root can install them`);
  }
  try {
    await refreshLists();
    await apt(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot install the Debian packages ${names}: ${reason}`);
  }
}

/** Lets apt fetch its package lists once: an image of Debian has none. */
export function refreshLists(): Promise<void> {
  listsAreFresh ??= apt(["update", "-qq"]);
  return listsAreFresh;
}

async function apt(args: readonly string[]): Promise<void> {
  await runProgram(["apt-get", "-o", "DPkg::Lock::Timeout=300", ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

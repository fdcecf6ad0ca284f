import { bundle } from "../build/bundle.ts";
import { RUNTIME_FLAGS } from "../build/runtime_flags.ts";
import { repositoryPath } from "../tests/support/paths.ts";

/** The program as the binary embeds it. */
export interface Packed {
  /** Its files, the one to be run first. */
  readonly files: readonly [string, ...string[]];
  /** Runs it with the permissions and V8's flags that the binary has. */
  readonly command: readonly string[];
}

/** Bundles the program. */
export async function pack(): Promise<Packed> {
  const [entry, ...others] = (await bundle()).files.map(repositoryPath);
  if (entry === undefined) throw new Error("The bundle has no file.");
  return {
    files: [entry, ...others],
    command: [
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-config",
      // A container's file system is read-only, so that the binary has no code cache to read either.
      "--no-code-cache",
      ...RUNTIME_FLAGS,
      entry,
    ],
  };
}

/** The variables that the Dockerfile sets. */
export async function imageEnvironment(): Promise<Readonly<Record<string, string>>> {
  const dockerfile = await Deno.readTextFile(repositoryPath("Dockerfile"));
  const pairs = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, line]) =>
    line?.split(" ") ?? []
  );
  return Object.fromEntries(pairs.map((pair) => {
    const [name = "", value = ""] = pair.split("=");
    return [name, value];
  }));
}

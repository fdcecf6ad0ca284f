import { bundle } from "../build/bundle.ts";
import { repositoryPath } from "../tests/support/paths.ts";

/** The program as the binary embeds it. */
export interface Packed {
  /** Its files, the one to be run first. */
  readonly files: readonly [string, ...string[]];
  /** Runs it with the permissions and V8 flags that the task `compile` bakes in. */
  readonly command: readonly string[];
}

interface Configuration {
  readonly tasks: { readonly compile: { readonly command: string } };
}

/** Bundles the program and reads the flags that belong to it from the task `compile`. */
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
      ...await runtimeFlags(),
      entry,
    ],
  };
}

/** The permissions and V8 flags of the task `compile`. */
export async function runtimeFlags(): Promise<readonly string[]> {
  // The shape is that of this repository's own deno.json.
  const { tasks } = JSON.parse(
    await Deno.readTextFile(repositoryPath("deno.json")),
  ) as Configuration;
  return tasks.compile.command.split(" ").filter((word) => /^--(allow|deny|v8-flags)/.test(word));
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

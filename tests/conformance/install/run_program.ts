/** The result of a finished program. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment, or all of it if `clearEnv` is set. */
  readonly env?: Record<string, string>;
  readonly clearEnv?: boolean;
  /** An exit code other than 0 is an answer, not an error. */
  readonly anyExitCode?: boolean;
  /** Seconds after which the program is killed. Default: 600. */
  readonly seconds?: number;
}

/** Aborted when the tier ends: no program outlives it, not even after an interruption. */
const ending = new AbortController();
globalThis.addEventListener("unload", () => ending.abort());

/**
 * Runs a program to its end and returns its output.
 *
 * @throws {Error} if it cannot be started, takes too long or (unless `anyExitCode`) fails; the
 * message ends with the last lines of its output
 */
export async function runProgram(
  command: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const [program = "", ...args] = command;
  const seconds = options.seconds ?? 600;
  const output = await new Deno.Command(program, {
    args,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? {},
    clearEnv: options.clearEnv ?? false,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.any([AbortSignal.timeout(seconds * 1000), ending.signal]),
  }).output();
  const decoder = new TextDecoder();
  const finished = {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
  if (finished.code !== 0 && options.anyExitCode !== true) {
    const last = `${finished.stdout}\n${finished.stderr}`.trim().split("\n").slice(-12).join("\n");
    throw new Error(`${command.join(" ")} ended with exit code ${finished.code}:\n${last}`);
  }
  return finished;
}

/** The full path of a program that is in PATH, or undefined. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const folder of [...folders, "/usr/sbin", "/sbin"]) {
    const path = `${folder}/${name}`;
    try {
      const info = await Deno.stat(path);
      if (info.isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
        throw error;
      }
    }
  }
  return undefined;
}

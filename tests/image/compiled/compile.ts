import { repositoryPath } from "../../support/paths.ts";
import { fetchCompiler } from "./base.ts";

const FOLDER = repositoryPath(".cache/image/compiled");
const IMPORT_MAP = repositoryPath("tests/image/compiled/import_map.json");

/** A program that was compiled. */
export interface CompiledProgram {
  readonly file: string;
  /** How many bytes of it are the base binary. */
  readonly baseBytes: number;
}

/**
 * Compiles a program with the Deno that {@link fetchCompiler} fetches.
 *
 * @param name - The file's name in `.cache/image/compiled`.
 * @param entry - The program's first module.
 * @param flags - Permissions and V8 flags, as the task `start` has them.
 * @throws if the compiler cannot be had or refuses the program.
 */
export async function compileProgram(
  name: string,
  entry: string,
  flags: readonly string[],
): Promise<CompiledProgram> {
  const { deno, denort } = await fetchCompiler();
  await Deno.mkdir(FOLDER, { recursive: true });
  const file = `${FOLDER}/${name}`;
  const { success, stderr } = await new Deno.Command(deno, {
    args: [
      "compile",
      "--quiet",
      "--no-check",
      "--no-config",
      "--no-lock",
      `--import-map=${IMPORT_MAP}`,
      ...flags,
      `--output=${file}`,
      entry,
    ],
    env: { DENORT_BIN: denort, DENO_DIR: `${FOLDER}/deno`, NO_COLOR: "1" },
  }).output();
  if (!success) {
    throw new Error(`deno compile failed for ${entry}:\n${new TextDecoder().decode(stderr)}`);
  }
  return { file, baseBytes: (await Deno.stat(denort)).size };
}

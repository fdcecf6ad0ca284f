import { runProgram } from "../install/run_program.ts";
import type { Case } from "./judge.ts";
import type { Specimen } from "./user_data_corpus.ts";

/**
 * Runs a judge that is written in Python, and returns its answers, one for each case.
 *
 * @param command the Python program with its arguments; the file of cases is inserted after the program
 * @throws {Error} if the program fails, or does not answer a case
 */
export async function answersOf(
  command: { readonly python: string; readonly program: string; readonly args?: string[] },
  specimens: readonly Specimen[],
  casesFile: string,
  env: Record<string, string> = {},
): Promise<Case[]> {
  await Deno.writeTextFile(casesFile, JSON.stringify(specimens));
  const { stdout } = await runProgram(
    [command.python, command.program, casesFile, ...command.args ?? []],
    { env: { PYTHONDONTWRITEBYTECODE: "1", ...env } },
  );
  const answers = JSON.parse(stdout) as { name: string; agreed: boolean; why: string | null }[];
  if (answers.length < specimens.length) {
    throw new Error(`${command.program} answered ${answers.length} of ${specimens.length} cases`);
  }
  return answers.map(({ name, agreed, why }) => ({ name, agreed, ...(why ? { why } : {}) }));
}

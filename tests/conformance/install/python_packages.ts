import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { installPackages } from "./debian_packages.ts";
import { findProgram, runProgram } from "./run_program.ts";
import { onlyOnce } from "./stamp.ts";

let installation: Promise<string> | undefined;

/**
 * Installs `python/requirements.txt` into a virtual environment of the tier's own.
 *
 * @returns the path of the environment's Python
 * @throws {JudgeMissing} if there is no Python, or the packages cannot be downloaded
 */
export function pythonWithPackages(bench: Bench): Promise<string> {
  installation ??= install(bench);
  return installation;
}

async function install(bench: Bench): Promise<string> {
  const requirements = `${bench.repository}/tests/conformance/python/requirements.txt`;
  const environment = `${bench.cache}/python`;
  const python = `${environment}/bin/python`;
  if (await findProgram("python3") === undefined) {
    throw new JudgeMissing("there is no python3 in PATH; install Python 3.9 or newer");
  }
  try {
    await onlyOnce(
      `${bench.cache}/python.stamp`,
      await Deno.readTextFile(requirements),
      async () => {
        bench.progress("Python packages: install python/requirements.txt");
        await ensureVenv();
        await runProgram(["python3", "-m", "venv", "--clear", environment]);
        await runProgram([python, "-m", "pip", "install", "--quiet", "-r", requirements]);
      },
    );
  } catch (error) {
    if (error instanceof JudgeMissing) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot install the Python packages: ${reason}`);
  }
  return python;
}

/**
 * Debian has the module ensurepip, which `python3 -m venv` needs, in the package python3-venv, and only for
 * /usr/bin/python3 (README.Debian of python3). Other installations of Python have it.
 */
export async function ensureVenv(): Promise<void> {
  if (await hasEnsurepip()) return;
  await installPackages(["python3-venv"]);
  if (await hasEnsurepip()) return;
  throw new JudgeMissing(
    `${await findProgram("python3")} has no module ensurepip, and python3-venv has none for it`,
  );
}

async function hasEnsurepip(): Promise<boolean> {
  const asked = await runProgram(["python3", "-c", "import ensurepip, venv"], {
    anyExitCode: true,
  });
  return asked.code === 0;
}

/**
 * The installed version of a package of that environment.
 *
 * @param python the environment's Python
 * @param name the package's name, as in `python/requirements.txt`
 */
export async function packageVersion(python: string, name: string): Promise<string> {
  const program = `import importlib.metadata as m; print(m.version(${JSON.stringify(name)}))`;
  return (await runProgram([python, "-c", program])).stdout.trim();
}

import { ensurePrograms } from "./debian_packages.ts";
import { type Finished, runProgram } from "./run_program.ts";

/** Names the folder with `powershell-host.exe` and AWS's SDK for .NET: powershell/host/ is what it is built from. */
export const HOST_VARIABLE = "POWERSHELL_FOR_WINDOWS";

/** How long one script may take. A host that cannot load one of its own files does not end by itself. */
const RUN_SECONDS = 60;

/** The files of the host's folder that the judge uses. */
const HOST_FILES = ["powershell-host.exe", "AWSSDK.Core.dll", "AWSSDK.SecurityToken.dll"];

/**
 * Installs Wine where it is missing.
 *
 * @throws {Error} if that cannot be done: who names a host wants it to run.
 */
export async function ensureWine(): Promise<void> {
  try {
    await ensurePrograms({ wine: "wine", wineserver: "wine64" });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${HOST_VARIABLE} is set, and Wine cannot be had: ${why}`);
  }
}

/** Wine has ended a program, of which there is no word: a script that fails prints why. */
class WineFailed extends Error {}

/** A Windows machine on Wine, with PowerShell for Windows. */
export class WindowsOnWine implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  #runs = 0;

  private constructor(readonly folder: string, readonly host: string) {
    this.#env = {
      WINEPREFIX: `${folder}/prefix`,
      WINEARCH: "win64",
      WINEDEBUG: "-all",
      DISPLAY: "",
      // Wine crashes at .NET's separation of memory that can be written from memory that can be run.
      DOTNET_EnableWriteXorExecute: "0",
    };
  }

  /**
   * Sets up a new machine in a folder, and switches it on.
   *
   * @param folder What is there is removed.
   * @param host The folder that the variable names.
   * @throws {Error} if the host is not there, or Wine fails.
   */
  static async start(folder: string, host: string): Promise<WindowsOnWine> {
    for (const name of HOST_FILES) {
      const isThere = await Deno.stat(`${host}/${name}`).then(() => true, () => false);
      if (!isThere) throw new Error(`${HOST_VARIABLE} is ${host}, where there is no ${name}`);
    }
    const machine = new WindowsOnWine(folder, host);
    // A run that was ended from outside may have left its machine on.
    await machine.#switchOff();
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(machine.#env.WINEPREFIX ?? "", { recursive: true });
    await machine.#call(["wine", "wineboot", "-i"]);
    // .NET asks for Windows 10.
    const version = ["HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"];
    await machine.#call(["wine", "reg", "add", ...version]);
    await machine.restart();
    return machine;
  }

  /** The path of a file or folder of the machine, on the machine that runs Wine. */
  path(windows: string): string {
    return `${this.#env.WINEPREFIX}/drive_c/${windows.replace(/^C:\\/, "").replaceAll("\\", "/")}`;
  }

  /** Gives a device of the machine (a drive letter with its colon, or a volume) a folder. */
  link(device: string, folder: string): void {
    const path = `${this.#env.WINEPREFIX}/dosdevices/${device.toLowerCase()}`;
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    Deno.symlinkSync(folder, path);
  }

  /**
   * Runs a script in PowerShell.
   *
   * @param script Its path on the machine that runs Wine, and so each argument that starts with a slash.
   * @throws {Error} if it takes too long or fails, or Wine itself fails twice.
   */
  async run(script: string, args: readonly string[] = []): Promise<Finished> {
    const names = [script, ...args].map((path) =>
      path.startsWith("/") ? `Z:${path.replaceAll("/", "\\")}` : path
    );
    const command = ["wine", `${this.host}/powershell-host.exe`, ...names];
    try {
      return await this.#call(command);
    } catch (error) {
      if (!(error instanceof WineFailed)) throw error;
      // One of some thousand starts fails before the host runs.
      return await this.#call(command);
    }
  }

  /** Switches the machine off and on again, which forgets the registry's volatile keys. */
  async restart(): Promise<void> {
    await this.#switchOff();
    await this.#call(["wineserver", "-p"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#switchOff();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #switchOff(): Promise<void> {
    await runProgram(["wineserver", "-k"], { env: { ...this.#env }, anyExitCode: true });
    await runProgram(["wineserver", "-w"], {
      env: { ...this.#env },
      anyExitCode: true,
      seconds: RUN_SECONDS,
    });
  }

  /** Wine's services inherit what a program writes to, and hold a pipe open: it writes to files. */
  async #call(command: readonly string[]): Promise<Finished> {
    const files = `${this.folder}/run-${this.#runs++}`;
    const { code } = await runProgram(
      ["sh", "-c", 'files=$0; exec "$@" >"$files.out" 2>"$files.err"', files, ...command],
      { env: { ...this.#env }, anyExitCode: true, seconds: RUN_SECONDS },
    );
    const [stdout, stderr] = await Promise.all(
      ["out", "err"].map((ending) => Deno.readTextFile(`${files}.${ending}`)),
    );
    const errors = (stderr ?? "").split("\n").filter((line) => !line.startsWith("wine: ")).join(
      "\n",
    );
    if (code !== 0) {
      const message = `${command.join(" ")} ended with exit code ${code}:\n${stderr}`;
      throw stdout === "" && errors.trim() === "" ? new WineFailed(message) : new Error(message);
    }
    return { code, stdout: stdout ?? "", stderr: errors };
  }
}

import { parseCommandLine } from "../../src/cli/command_line.ts";
import { ManifestError } from "../../src/operator/manifest/manifest.ts";
import { preview } from "../../src/operator/preview/preview.ts";
import { sysprep } from "../../src/operator/sysprep/sysprep.ts";

export interface Run {
  /** The command line: `-` stands for the standard input. */
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command preview or sysprep in this process, which is faster than the program. */
export async function runHere({ args, stdin = "", env = {} }: Run) {
  const path = await Deno.makeTempFile({ prefix: "irsa-manifests-", suffix: ".yaml" });
  const printed = new Printed();
  try {
    await Deno.writeTextFile(path, stdin);
    const command = parseCommandLine(args.map((arg) => arg === "-" ? path : arg));
    const code = command.name === "preview"
      ? await preview(command.options, { NO_COLOR: "1", ...env })
      : command.name === "sysprep"
      ? await sysprep(command.options)
      : undefined;
    if (code === undefined) throw new TypeError(`The command ${command.name} is not run here.`);
    return { code, ...printed.texts() };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    console.error(error.message);
    return { code: 1, ...printed.texts() };
  } finally {
    printed.end();
    await Deno.remove(path);
  }
}

/** Keeps what this process prints, instead of printing it. */
class Printed {
  readonly #real = { log: console.log, error: console.error, writeSync: Deno.stdout.writeSync };
  readonly #bytes: number[] = [];
  #stderr = "";

  constructor() {
    const encoder = new TextEncoder();
    console.log = (text: string) => this.#bytes.push(...encoder.encode(`${text}\n`));
    console.error = (text: string) => this.#stderr += `${text}\n`;
    // A pipe may accept less than all at once.
    Deno.stdout.writeSync = (bytes) =>
      this.#bytes.push(...bytes.subarray(0, 1000)) && Math.min(bytes.length, 1000);
  }

  texts() {
    return {
      stdout: new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(this.#bytes)),
      stderr: this.#stderr,
    };
  }

  end(): void {
    console.log = this.#real.log;
    console.error = this.#real.error;
    Deno.stdout.writeSync = this.#real.writeSync;
  }
}

import { accepts, sidecarCommand } from "../../support/sidecar.ts";
import { CANARY_ENVIRONMENT, recordOutput } from "../canaries.ts";
import { ensure, pause, within } from "../item.ts";

export interface ProcessOptions {
  readonly socket: string;
  /** A command that sets something up and then executes the sidecar's command. */
  readonly wrapper?: readonly string[];
  /** Whether the test reads stdout and stderr. */
  readonly read?: boolean;
}

/** A sidecar with the stdout, stderr and privileges that a fault needs. */
export class SidecarProcess implements AsyncDisposable {
  readonly pid: number;
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<string> | undefined;

  constructor({ socket, wrapper = [], read = true }: ProcessOptions) {
    const [program = "", ...args] = [
      ...wrapper,
      ...sidecarCommand(),
      "--socket",
      socket,
      "--log-level",
      "debug",
    ];
    this.#child = new Deno.Command(program, {
      args,
      env: CANARY_ENVIRONMENT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.status = this.#child.status;
    if (read) {
      this.#output = Promise.all([
        new Response(this.#child.stdout).text(),
        new Response(this.#child.stderr).text(),
      ]).then((texts) => texts.join(""));
      void this.#output.then((text) => recordOutput("stdout and stderr", text));
    }
  }

  /** Waits until the socket accepts a connection. */
  async listening(socket: string): Promise<this> {
    for (let tries = 0; tries < 1000; tries++) {
      if (await accepts(socket)) return this;
      await pause(20);
    }
    throw new Error(`The sidecar does not listen: ${await this.output(100).catch(() => "")}`);
  }

  /** Its whole output after it has ended, within a time in milliseconds. */
  async output(time = 10_000): Promise<string> {
    return await within(time, this.#output ?? Promise.resolve(""), "The sidecar does not end.");
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until it ends with exit code 0, after a signal if there is one; within a time in milliseconds. */
  async endsInOrder(signal: Deno.Signal | undefined, time = 8000): Promise<void> {
    if (signal !== undefined) this.signal(signal);
    const { code, signal: by } = await within(
      time,
      this.status,
      `The sidecar did not end within ${time / 1000} s.`,
    );
    ensure(code === 0, `The sidecar ended with ${by ?? code}.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.signal("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.status;
    if (this.#output === undefined) {
      await this.#child.stdout.cancel();
      await this.#child.stderr.cancel();
    }
  }
}

/** Starts a sidecar that listens in a folder. */
export async function startIn(folder: string, wrapper: readonly string[] = [], read = true) {
  const socket = `${folder}/sidecar.sock`;
  const sidecar = new SidecarProcess({ socket, wrapper, read });
  try {
    await sidecar.listening(socket);
  } catch (error) {
    await sidecar[Symbol.asyncDispose]();
    throw error;
  }
  return { socket, sidecar };
}

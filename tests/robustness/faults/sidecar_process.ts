import { accepts, sidecarCommand } from "../../support/sidecar.ts";
import { CANARY_ENVIRONMENT, heard } from "../canaries.ts";
import { ensure, pause, within } from "../item.ts";

export interface ProcessOptions {
  readonly socket: string;
  /** A command in front of the sidecar's own, that ends in executing it. */
  readonly wrapper?: readonly string[];
  /** Whether somebody reads what it writes. */
  readonly read?: boolean;
}

/** A sidecar with whatever stdout, stderr and rights a fault asks for. */
export class SidecarProcess implements AsyncDisposable {
  readonly pid: number;
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<string> | undefined;

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
      this.#said = Promise.all([
        new Response(this.#child.stdout).text(),
        new Response(this.#child.stderr).text(),
      ]).then((texts) => texts.join(""));
      void this.#said.then((text) => heard("stdout and stderr", text));
    }
  }

  /** Waits until the socket accepts. */
  async listening(socket: string): Promise<this> {
    for (let tries = 0; tries < 1000; tries++) {
      if (await accepts(socket)) return this;
      await pause(20);
    }
    throw new Error(`The sidecar does not listen: ${await this.said(100).catch(() => "")}`);
  }

  /** What it has written, once it has ended; time in milliseconds. */
  async said(time = 10_000): Promise<string> {
    return await within(time, this.#said ?? Promise.resolve(""), "The sidecar does not end.");
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends in order after a signal, within a time in milliseconds. */
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
      // It has ended.
    }
    await this.status;
    if (this.#said === undefined) {
      await this.#child.stdout.cancel();
      await this.#child.stderr.cancel();
    }
  }
}

/** A sidecar that listens in a folder. */
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

const running = new Set<ClusterProcess>();

/** A signal that ends the judge ends its programs too, which would go on without it. */
const endAll = () => {
  for (const program of running) program.kill();
  Deno.exit(1);
};
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** A program of the cluster in the background, whose output goes to a file. */
export class ClusterProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #log: Deno.FsFile;
  #ended = false;

  private constructor(readonly name: string, readonly log: string, child: Deno.ChildProcess) {
    this.pid = child.pid;
    this.#child = child;
    this.#log = Deno.openSync(log, { create: true, write: true, append: true });
    const copied = Promise.all([child.stdout, child.stderr].map(async (stream) => {
      for await (const chunk of stream) await this.#log.write(chunk);
    }));
    if (running.size === 0) {
      for (const signal of SIGNALS) {
        Deno.addSignalListener(signal, endAll);
      }
    }
    running.add(this);
    this.status = Promise.all([child.status, copied]).then(([status]) => {
      this.#ended = true;
      running.delete(this);
      if (running.size === 0) {
        for (const signal of SIGNALS) Deno.removeSignalListener(signal, endAll);
      }
      this.#log.close();
      return status;
    });
  }

  readonly status: Promise<Deno.CommandStatus>;

  static start(
    name: string,
    log: string,
    [program, ...args]: readonly [string, ...string[]],
    env: Record<string, string> = {},
  ): ClusterProcess {
    const child = new Deno.Command(program, {
      args,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new ClusterProcess(name, log, child);
  }

  /** @throws {Error} if the program has ended, with its last words */
  assertRunning(): void {
    if (!this.#ended) return;
    const last = Deno.readTextFileSync(this.log).trim().split("\n").slice(-8).join("\n");
    throw new Error(`${this.name} has ended by itself:\n${last}`);
  }

  /** Kilobytes of memory that the program has in use. */
  residentKilobytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  }

  /** Milliseconds of processor time that the program has used, in user and kernel mode (proc(5)). */
  processorMs(): number {
    const fields = Deno.readTextFileSync(`/proc/${this.pid}/stat`).split(") ").at(-1)?.split(" ");
    return (Number(fields?.[11]) + Number(fields?.[12])) * MS_PER_TICK;
  }

  /** Ends the program at once. It has nothing to save: its data is in a temporary folder. */
  kill(): void {
    if (this.#ended) return;
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // a TypeError says that it has ended
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.status;
  }
}

/** A TCP port of loopback that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Asks until there is an answer other than undefined.
 *
 * @param what is waited for, for the error
 * @throws {Error} if there is none after `seconds`
 */
export async function waitFor<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`there was no ${what} after ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const PAUSE_MS = 100;
/** Linux counts processor time for programs in hundredths of a second. */
const MS_PER_TICK = 10;

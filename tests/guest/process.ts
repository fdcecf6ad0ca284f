/** Runs programs of this machine: to their end, or in the background until they are stopped. */

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly clearEnv?: boolean;
  readonly stdin?: string;
  /** Milliseconds after which the program is killed; by default one minute. */
  readonly timeout?: number;
}

/** Aborted by the first SIGINT or SIGTERM: running programs are stopped, and waiting ends. */
export const interruption = new AbortController();

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** The output of a program that ended with another code than 0. */
export class CommandFailed extends Error {
  constructor(readonly command: string, readonly code: number, readonly stderr: string) {
    super(`${command} left with code ${code}: ${stderr.trim()}`);
    this.name = "CommandFailed";
  }
}

/**
 * Runs a program to its end and returns what it wrote to stdout.
 *
 * @throws {CommandFailed} if it ends with another code than 0, or takes too long.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: options.env ?? {},
    clearEnv: options.clearEnv ?? false,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const limit = options.timeout ?? 60_000;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limit);
  // Only what runs at the interruption: the programs that clean up after it are started later.
  const end = () => child.kill("SIGTERM");
  interruption.signal.addEventListener("abort", end);
  try {
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      // A program that ends before it has read everything says why by its exit code.
      await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
      await writer.close().catch(() => {});
    }
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    if (code !== 0) {
      const words = decoder.decode(stderr) + (late ? `\nkilled after ${limit} ms` : "");
      throw new CommandFailed([command, ...args.slice(0, 6)].join(" "), code, words);
    }
    return decoder.decode(stdout);
  } finally {
    clearTimeout(timer);
    interruption.signal.removeEventListener("abort", end);
  }
}

/** A program in the background, whose output goes to a file. */
export class Daemon implements AsyncDisposable {
  private ended = false;
  private constructor(
    readonly name: string,
    readonly log: string,
    private readonly child: Deno.ChildProcess,
    private readonly done: Promise<void>,
  ) {}

  static async start(
    name: string,
    log: string,
    command: Command,
    env?: Record<string, string>,
  ): Promise<Daemon> {
    const [program, ...args] = command;
    const child = new Deno.Command(program, {
      args,
      env: env ?? {},
      clearEnv: env !== undefined,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const file = await Deno.open(log, { create: true, append: true, write: true });
    const copy = async (stream: ReadableStream<Uint8Array>) => {
      for await (const chunk of stream) await file.write(chunk);
    };
    const done = Promise.all([copy(child.stdout), copy(child.stderr), child.status]).then(() => {
      file.close();
    });
    const daemon = new Daemon(name, log, child, done);
    done.finally(() => daemon.ended = true);
    return daemon;
  }

  get pid(): number {
    return this.child.pid;
  }

  /** @throws if the program is no longer there. */
  assertRunning(): void {
    if (this.ended) {
      throw new Error(`${this.name} has ended by itself; its words are in ${this.log}`);
    }
  }

  /** Ends the program with SIGTERM, and after five seconds with SIGKILL. */
  async stop(): Promise<void> {
    if (this.ended) return;
    try {
      this.child.kill("SIGTERM");
      if (!await within(5_000, this.done)) this.child.kill("SIGKILL");
    } catch {
      // It ended in between, which is what was wanted.
    }
    await this.done;
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

/** Whether a promise settles within so many milliseconds. */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), milliseconds);
  const settled = await Promise.race([promise.then(() => true), late.promise]);
  clearTimeout(timer);
  return settled;
}

/**
 * Polls until the result is not undefined.
 *
 * @param what what is waited for, for the error message
 * @param seconds how long, at most
 * @throws if the time is over.
 */
export async function waitFor<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined>,
  pause = 1_000,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    if (interruption.signal.aborted) throw new Error(`Interrupted while waiting for: ${what}`);
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`After ${seconds} s there was still no ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import type { Reply, Request } from "./protocol.ts";

/** The process with the tests has ended, or was ended because it took too long. */
export class ProcessEnded extends Error {}

/** The process that has the tests of a copy of this repository. */
export class TestRunner implements Disposable {
  readonly #child: ChildProcess;
  #isOver = false;

  /** @param mutant what is switched on from the start, before any module is loaded. */
  constructor(folder: string, mutant?: string) {
    const run = ["run", "--quiet", "--frozen", "--allow-all", "--no-check"];
    this.#child = spawn(Deno.execPath(), [...run, "tests/mutation/test_process.ts"], {
      cwd: folder,
      env: {
        ...Deno.env.toObject(),
        ...mutant === undefined ? {} : { __STRYKER_ACTIVE_MUTANT__: mutant },
      },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // A process group of its own, so that the programs that its tests have started end with it.
      detached: true,
    });
    this.#child.once("exit", () => this.#isOver = true);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws {ProcessEnded} if there is no reply in time, or the process ends. */
  async ask(request: Request, timeoutMs: number): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const onExit = () => reject(new ProcessEnded("The process ended."));
    if (this.#isOver) onExit();
    const timer = setTimeout(() => {
      this[Symbol.dispose]();
      reject(new ProcessEnded("The test took too long."));
    }, timeoutMs);
    this.#child.once("message", resolve);
    this.#child.once("exit", onExit);
    this.#child.send(request);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#child.off("message", resolve);
      this.#child.off("exit", onExit);
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    killGroup(this.#child);
  }
}

/** Ends a process that leads its group, and what it has started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

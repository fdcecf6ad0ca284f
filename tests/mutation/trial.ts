import type { Mutant } from "./mutants.ts";
import type { DeclaredTest, Hits } from "./protocol.ts";
import { ProcessEnded, TestRunner } from "./test_runner.ts";

/** What the tests say of a mutant. */
export interface Verdict {
  readonly isNoticed: boolean;
  /** How many tests were run. */
  readonly tests: number;
}

export interface TestFile {
  readonly path: string;
  /** What it imports, and that imports. */
  readonly imports: ReadonlySet<string>;
}

interface Measured extends DeclaredTest {
  readonly milliseconds: number;
  /** Whether it started a program of which nobody knows what it reached. */
  readonly mayReachMore: boolean;
}

/** How long a test may take: so much more than without a mutant. Loading a test file may take the first of these. */
const MARGIN_MS = 20_000;
const MARGIN_FACTOR = 10;
/** How much more often than without a mutant a place may be reached. */
const MAX_HITS_FACTOR = 100;

/** So many lines around a mutant tell which tests are about its place. */
const NEAR_LINES = 10;

/** A program that is not started by the command of the program, and so does not say what it reaches. */
const CONFINED = "tests/support/confined.ts";

/** Tries mutants on the tests, in the copy of the repository that has them. */
export class Trial implements Disposable {
  readonly #folder: string;
  readonly #files: readonly TestFile[];
  readonly #mutants: readonly Mutant[];
  #runner: TestRunner;
  #tests: readonly Measured[] = [];
  /** The tests that reach a mutant, in the order of their files. */
  readonly #reachedBy = new Map<string, { readonly test: Measured; readonly hits: number }[]>();
  /** The mutants that are reached when a module is loaded. */
  readonly #atLoad = new Set<string>();
  /** How many mutants a test has noticed of a source file. It may notice the next one, too. */
  readonly #successes = new Map<string, number>();

  constructor(folder: string, files: readonly TestFile[], mutants: readonly Mutant[]) {
    this.#folder = folder;
    this.#files = files;
    this.#mutants = mutants;
    this.#runner = new TestRunner(folder);
  }

  /** Runs every test without a mutant, and records which mutants it reaches. */
  async dryRun(): Promise<{ readonly tests: number; readonly seconds: number }> {
    const started = performance.now();
    const tests = await this.#loadAll((hits) =>
      Object.keys(hits).forEach((id) => this.#atLoad.add(id))
    );
    const measured: Measured[] = [];
    for (const test of tests) {
      const reply = await this.#runner.ask({ kind: "run", test: test.id }, 120_000);
      if (reply.kind !== "ran") throw new Error(`No result of ${test.name}.`);
      if (reply.failure !== undefined) {
        // A limit of time on a busy machine, for example: what it says of a mutant would be chance.
        console.log(`Left out, because it fails without a mutant: ${test.name} (${test.file})`);
        continue;
      }
      const { hits, milliseconds } = reply;
      const mayReachMore = reply.mayReachMore ||
        this.#files.some(({ path, imports }) => path === test.file && imports.has(CONFINED));
      const done = { ...test, mayReachMore, milliseconds };
      measured.push(done);
      this.#record(done, hits);
    }
    this.#tests = measured;
    return { tests: tests.length, seconds: (performance.now() - started) / 1000 };
  }

  #record(test: Measured, hits: Hits): void {
    for (const [id, count] of Object.entries(hits)) {
      const reached = this.#reachedBy.get(id) ?? [];
      reached.push({ test, hits: count });
      this.#reachedBy.set(id, reached);
    }
  }

  async #loadAll(onHits: (hits: Hits) => void): Promise<readonly DeclaredTest[]> {
    const tests: DeclaredTest[] = [];
    for (const { path } of this.#files) {
      const reply = await this.#runner.ask({ kind: "load", file: path }, 60_000);
      if (reply.kind !== "loaded") {
        throw new Error(`${path} cannot be loaded: ${JSON.stringify(reply)}`);
      }
      onHits(reply.hits);
      tests.push(...reply.tests);
    }
    return tests;
  }

  async verdict(mutant: Mutant): Promise<Verdict> {
    if (!this.#atLoad.has(mutant.id)) return await this.#verdictWhileRunning(mutant);
    const fromTheStart = await this.#verdictFromTheStart(mutant);
    if (fromTheStart.isNoticed) return fromTheStart;
    const { isNoticed, tests } = await this.#verdictWhileRunning(mutant);
    return { isNoticed, tests: fromTheStart.tests + tests };
  }

  /** Switched on while a test runs, and in the programs that it starts. */
  async #verdictWhileRunning(mutant: Mutant): Promise<Verdict> {
    const reached = new Map(
      (this.#reachedBy.get(mutant.id) ?? []).map(({ test, hits }) => [test, hits]),
    );
    const near = this.#reachedNear(mutant);
    const rank = (test: Measured) =>
      this.#score(mutant, test.file) + (near.get(test) ?? 0) - test.milliseconds / 10;
    const tests = this.#tests
      .filter((test) => reached.has(test) || test.mayReachMore)
      .toSorted((one, other) => rank(other) - rank(one));
    for (const [index, test] of tests.entries()) {
      const hits = reached.get(test);
      if (await this.#notices(test, mutant, hits && hits * MAX_HITS_FACTOR + 1000)) {
        this.#count(mutant, test.file);
        return { isNoticed: true, tests: index + 1 };
      }
    }
    return { isNoticed: false, tests: tests.length };
  }

  /** How many mutants near to one a test reaches: the most, if it is about that place. */
  #reachedNear({ file, line }: Mutant): ReadonlyMap<Measured, number> {
    const counts = new Map<Measured, number>();
    for (const mutant of this.#mutants) {
      if (mutant.file !== file || Math.abs(mutant.line - line) > NEAR_LINES) continue;
      for (const { test } of this.#reachedBy.get(mutant.id) ?? []) {
        counts.set(test, (counts.get(test) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** How many mutants of its file the tests of a file have noticed. Those of its own folder start with some. */
  #score({ file }: Mutant, testFile: string): number {
    const isOwn = testFile.includes(file.replace(/^src(\/.*\/).*/, "$1"));
    return (this.#successes.get(`${file} ${testFile}`) ?? 0) + (isOwn ? 10 : 0);
  }

  #count({ file }: Mutant, testFile: string): void {
    const key = `${file} ${testFile}`;
    this.#successes.set(key, (this.#successes.get(key) ?? 0) + 1);
  }

  async #notices(test: Measured, mutant: Mutant, maxHits: number | undefined): Promise<boolean> {
    if (!await this.#fails(test, mutant, maxHits)) return false;
    // A mutant may leave something behind, which fails tests without it.
    if (!this.#runner.isOver && !await this.#fails(test)) return true;
    await this.#restart();
    const fails = await this.#fails(test, mutant, maxHits);
    await this.#restart();
    return fails;
  }

  async #restart(): Promise<void> {
    this.#runner[Symbol.dispose]();
    this.#runner = new TestRunner(this.#folder);
    await this.#loadAll(() => {});
  }

  async #fails(test: Measured, mutant?: Mutant, maxHits?: number): Promise<boolean> {
    try {
      const reply = await this.#runner.ask(
        { kind: "run", test: test.id, mutant: mutant?.id, maxHits },
        test.milliseconds * MARGIN_FACTOR + MARGIN_MS,
      );
      return reply.kind !== "ran" || reply.failure !== undefined;
    } catch (error) {
      if (error instanceof ProcessEnded) return true;
      throw error;
    }
  }

  /** In a new process for the mutant alone: what it changes happens when the module is loaded. */
  async #verdictFromTheStart(mutant: Mutant): Promise<Verdict> {
    using runner = new TestRunner(this.#folder, mutant.id);
    const files = this.#files
      .filter(({ imports }) => imports.has(mutant.file))
      .toSorted((one, other) => this.#score(mutant, other.path) - this.#score(mutant, one.path));
    let tests = 0;
    for (const { path } of files) {
      for await (const isPassed of this.#results(runner, path)) {
        tests++;
        if (isPassed) continue;
        this.#count(mutant, path);
        return { isNoticed: true, tests };
      }
    }
    return { isNoticed: false, tests };
  }

  /** Loads a test file and runs its tests. What is not loaded, or ends the process, is not passed. */
  async *#results(runner: TestRunner, file: string): AsyncGenerator<boolean> {
    try {
      const loaded = await runner.ask({ kind: "load", file }, MARGIN_MS);
      if (loaded.kind !== "loaded") return yield false;
      for (const { id } of loaded.tests) {
        const test = this.#tests.find((measured) => measured.id === id);
        // It was left out.
        if (test === undefined) continue;
        const timeoutMs = test.milliseconds * MARGIN_FACTOR + MARGIN_MS;
        const isPassed = async () => {
          const reply = await runner.ask({ kind: "run", test: id }, timeoutMs);
          return reply.kind === "ran" && reply.failure === undefined;
        };
        // On a busy machine a test with a limit of time may fail once.
        yield await isPassed() || await isPassed();
      }
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error;
      yield false;
    }
  }

  [Symbol.dispose](): void {
    this.#runner[Symbol.dispose]();
  }
}

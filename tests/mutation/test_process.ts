/**
 * A process that loads test files and runs single tests of them, as its parent asks. The source that it loads has all
 * mutants in it, and `globalThis.__stryker__` says which one is switched on. So a mutant costs a few calls, and not
 * the start of a process.
 */
import process from "node:process";
import type { DeclaredTest, Hits, Reply, Request } from "./protocol.ts";

type Step = (context: TestContext) => unknown;

/** As much of Deno's context of a test as the tests use. */
interface TestContext {
  readonly step: (name: string, run: Step) => Promise<boolean>;
}

const context: TestContext = {
  async step(_name, run) {
    await run(context);
    return true;
  },
};

/** What the instrumented source shares: https://github.com/stryker-mutator/stryker-js (packages/instrumenter). */
interface Switch {
  activeMutant?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage: { static: Record<string, number> };
}

const mutants: Switch = {
  // Not undefined: the instrumented source would ask the environment each time.
  activeMutant: Deno.env.get("__STRYKER_ACTIVE_MUTANT__") ?? "",
  mutantCoverage: { static: {} },
};
Object.assign(globalThis, { __stryker__: mutants });

const tests = new Map<string, Step>();
let loading: { readonly file: string; readonly tests: DeclaredTest[] } = { file: "", tests: [] };

Object.defineProperty(Deno, "test", { value: declare });

function declare(first: string | Deno.TestDefinition, second?: Step | object, third?: Step) {
  const definition = typeof first === "string" ? { name: first, ignore: false } : first;
  if (definition.ignore === true) return;
  const run = third ?? (typeof second === "function" ? second as Step : undefined) ??
    (first as Deno.TestDefinition).fn as unknown as Step;
  const { file } = loading;
  const id = `${file}#${loading.tests.length}`;
  loading.tests.push({ id, file, name: definition.name });
  tests.set(id, run);
}

/** What failed outside of the test's own promise. */
let unhandled: unknown;
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  unhandled ??= event.reason;
});
addEventListener("error", (event) => {
  event.preventDefault();
  unhandled ??= event.error;
});

async function load(file: string): Promise<Reply> {
  loading = { file, tests: [] };
  try {
    await import(new URL(`../../${file}`, import.meta.url).href);
  } catch (error) {
    return { kind: "loadFailed", failure: firstLine(error) };
  }
  return { kind: "loaded", tests: loading.tests, hits: takeHits() };
}

async function run({ test, mutant, maxHits }: Request & { readonly kind: "run" }): Promise<Reply> {
  takeHits();
  unhandled = undefined;
  const previous = mutants.activeMutant;
  if (mutant !== undefined) {
    mutants.activeMutant = mutant;
    mutants.hitCount = 0;
    mutants.hitLimit = maxHits;
  }
  let failure: string | undefined;
  const started = performance.now();
  try {
    await tests.get(test)?.(context);
    if (unhandled !== undefined) throw unhandled;
  } catch (error) {
    failure = firstLine(error);
  }
  mutants.activeMutant = previous;
  mutants.hitCount = undefined;
  return { kind: "ran", failure, hits: takeHits(), milliseconds: performance.now() - started };
}

/** What was reached since the last time. */
function takeHits(): Hits {
  const hits = mutants.mutantCoverage.static;
  // The same object: the source keeps a reference to its parent only.
  mutants.mutantCoverage.static = {};
  return hits;
}

function firstLine(error: unknown): string {
  return String(error).split("\n")[0] ?? "";
}

console.log =
  console.error =
  console.warn =
  console.info =
    () => {};
// The parent has ended, or was ended.
process.on("disconnect", () => Deno.exit());
process.on("message", async (request: Request) => {
  const reply = request.kind === "load" ? await load(request.file) : await run(request);
  process.send?.(reply);
});

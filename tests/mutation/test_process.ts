/**
 * A process that loads test files and runs single tests of them, as its parent asks. The source that it loads has all
 * mutants in it, and `globalThis.__stryker__` says which one is switched on. So a mutant costs a few calls, and not
 * the start of a process.
 */
import process from "node:process";
import { repositoryPath } from "../support/paths.ts";
import { sidecarCommand } from "../support/sidecar.ts";
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

interface Definition {
  readonly name: string;
  readonly ignore?: boolean;
  readonly fn?: Step | undefined;
}

/** Where the instrumented source looks if nobody has told it. */
const VARIABLE = "__STRYKER_ACTIVE_MUTANT__";

/** The mutant that is switched on whenever no other is, from the start on. */
const FROM_THE_START = Deno.env.get(VARIABLE) ?? "none";

const mutants: Switch = { mutantCoverage: { static: {} } };
Object.assign(globalThis, { __stryker__: mutants });

/** Where the programs that a test starts say what they reach, each in a file: program_hits.ts. */
const PROGRAM_HITS = repositoryPath("program-hits");
Deno.mkdirSync(PROGRAM_HITS, { recursive: true });

/** The command that starts the program from this copy's source. */
const PROGRAM = sidecarCommand().flatMap((word) =>
  word === "run" ? [word, `--preload=${repositoryPath("tests/mutation/program_hits.ts")}`] : [word]
);

/** Switches a mutant on, here and in the program that a test starts, which sees only a few variables. */
function switchOn(mutant: string): void {
  mutants.activeMutant = mutant;
  const variables = [`${VARIABLE}=${mutant}`, `PROGRAM_HITS=${PROGRAM_HITS}`];
  Deno.env.set("SIDECAR_CMD", ["env", ...variables, ...PROGRAM].join(" "));
}

const tests = new Map<string, Step>();
let loading: { readonly file: string; readonly tests: DeclaredTest[] } = { file: "", tests: [] };

Object.defineProperty(Deno, "test", { value: declare });

/** The two forms of `Deno.test` that the tests use. */
function declare(first: string | Definition, second?: Step): void {
  const { name, ignore = false, fn }: Definition = typeof first === "string"
    ? { name: first, fn: second }
    : first;
  if (fn === undefined) {
    throw new Error(`The test ${name} is declared in a form that is not known.`);
  }
  if (ignore) return;
  const { file } = loading;
  const id = `${file}#${loading.tests.length}`;
  loading.tests.push({ id, file, name });
  tests.set(id, fn);
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
  takeProgramHits();
  unhandled = undefined;
  if (mutant !== undefined) {
    switchOn(mutant);
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
  switchOn(FROM_THE_START);
  mutants.hitCount = undefined;
  const milliseconds = performance.now() - started;
  const ofPrograms = takeProgramHits();
  return {
    kind: "ran",
    failure,
    hits: Object.assign(takeHits(), ...ofPrograms.filter((hits) => hits !== undefined)),
    mayReachMore: ofPrograms.includes(undefined),
    milliseconds,
  };
}

/** What each program has reached that was started since the last time. It is not known of one that was killed. */
function takeProgramHits(): readonly (Hits | undefined)[] {
  return [...Deno.readDirSync(PROGRAM_HITS)].map(({ name }) => {
    const file = `${PROGRAM_HITS}/${name}`;
    const text = Deno.readTextFileSync(file);
    Deno.removeSync(file);
    return text === "" ? undefined : JSON.parse(text);
  });
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

switchOn(FROM_THE_START);
// What the tests print is nobody's.
Object.assign(console, { log: () => {}, error: () => {}, warn: () => {}, info: () => {} });
// The parent has ended, or was ended: this process ends, with the programs that its tests have started.
process.on("disconnect", () => Deno.kill(-Deno.pid, "SIGKILL"));
process.on("message", async (request: Request) => {
  const reply = request.kind === "load" ? await load(request.file) : await run(request);
  process.send?.(reply);
});

/**
 * Which small changes of the source does no test notice? StrykerJS makes the changes, and the tests run in a process
 * that lives on. docs/development.md says how it is used.
 */
import { repositoryPath } from "../support/paths.ts";
import { EQUIVALENTS } from "./equivalents.ts";
import { isEntryFor } from "./equivalents/equivalent.ts";
import { instrument, type Mutant } from "./mutants.ts";
import {
  changedSources,
  copyRepository,
  importsOf,
  sourcesIn,
  testFiles,
} from "./repository_copy.ts";
import { type TestFile, Trial } from "./trial.ts";

/** What is decided below the fronts is tried with the unit tests alone: what else runs it is not about it. */
const FRONTS = /^(main\.ts|src\/(cli|sidecar|operator)\/)/;

/** The source that the tests of a folder are about which start the program. */
const PROGRAM: Readonly<Record<string, RegExp>> = {
  "tests/integration/": /^(main\.ts|src\/(cli|sidecar)\/)/,
  "tests/operator/": /^(main\.ts|src\/(cli|operator)\/)/,
};

interface Result {
  readonly mutant: Mutant;
  readonly verdict: "noticed" | "missed" | "equivalent";
}

const sources = Deno.args.length === 0 ? await changedSources() : await sourcesIn(Deno.args);
if (sources.length === 0) {
  console.log("There is no source file to try.");
  Deno.exit(0);
}
const started = performance.now();
const results = await tryMutants();
const missed = results.filter(({ verdict }) => verdict === "missed").length;
const stale = staleEntries();
printTable();
for (const entry of stale) {
  console.log(`No mutant, or one that a test notices: ${JSON.stringify(entry)}`);
}
Deno.exit(missed + stale.length === 0 ? 0 : 1);

async function tryMutants(): Promise<readonly Result[]> {
  const texts = new Map(sources.map((file) => [file, Deno.readTextFileSync(repositoryPath(file))]));
  const { files, mutants } = await instrument(texts);
  const copy = await copyRepository(files);
  const found: Result[] = [];
  try {
    using trial = new Trial(copy, await chosenTests(), mutants);
    const { tests, seconds } = await trial.dryRun();
    console.log(`${mutants.length} mutants; the ${tests} tests take ${seconds.toFixed(1)} s.`);
    for (const mutant of mutants) {
      const { isNoticed, tests } = await trial.verdict(mutant);
      const isListed = EQUIVALENTS.some((entry) => isEntryFor(entry, mutant));
      const verdict = isNoticed ? "noticed" : isListed ? "equivalent" : "missed";
      found.push({ mutant, verdict });
      if (verdict === "missed") printMissed(mutant, tests);
    }
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  return found;
}

async function chosenTests(): Promise<readonly TestFile[]> {
  return (await testFiles()).flatMap((path) => {
    const imports = importsOf(path);
    const isUnitTest = path.startsWith("tests/unit/");
    const folder = Object.keys(PROGRAM).find((name) => path.startsWith(name)) ?? "";
    const ofProgram = imports.has("tests/support/sidecar.ts") ? PROGRAM[folder] : undefined;
    // They are about the scripts. Only of what is for systemd, what a guest does with it is the test.
    const startsShells = imports.has("tests/support/in_each_shell.ts");
    const isChosen = sources.some((file) =>
      ofProgram?.test(file) ||
      imports.has(file) && (isUnitTest || FRONTS.test(file)) &&
        (!startsShells || file.startsWith("src/credentials/"))
    );
    return isChosen ? [{ path, imports }] : [];
  });
}

function printMissed({ file, line, mutator, from, to }: Mutant, tests: number): void {
  console.log(`${file}:${line} ${mutator}, not noticed by ${tests} tests\n  - ${from}\n  + ${to}`);
}

/** The entries for these files whose mutant is gone, or is noticed. */
function staleEntries() {
  const unnoticed = results.filter(({ verdict }) => verdict === "equivalent");
  return EQUIVALENTS.filter((entry) =>
    sources.includes(entry.file) && !unnoticed.some(({ mutant }) => isEntryFor(entry, mutant))
  );
}

function printTable(): void {
  const row = (name: string, own: readonly Result[]) => {
    const count = (verdict: Result["verdict"]) =>
      own.filter((result) => result.verdict === verdict).length;
    const judged = own.length - count("equivalent");
    const share = judged === 0 ? 100 : 100 * count("noticed") / judged;
    const cells = [own.length, count("noticed"), count("missed"), count("equivalent")]
      .map((cell) => String(cell).padStart(11));
    console.log(`${name.padEnd(46)}${cells.join("")}${share.toFixed(1).padStart(9)} %`);
  };
  console.log(`\n${"".padEnd(46)}    mutants    noticed     missed equivalent`);
  for (const file of sources) row(file, results.filter(({ mutant }) => mutant.file === file));
  row(`all, in ${((performance.now() - started) / 60_000).toFixed(1)} min`, results);
}

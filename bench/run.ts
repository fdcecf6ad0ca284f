/**
 * Measures the sidecar beside KubeVirt's own, and holds it to its targets. `--short` shows in a minute that
 * it runs, and proves nothing. Needs root, control groups and Go.
 */
import { parseArgs } from "node:util";
import { repositoryPath } from "../tests/support/paths.ts";
import { type Cgroup, createCgroup } from "./cgroup.ts";
import { type InputFiles, type InputSize, writeInput } from "./inputs.ts";
import { type Effort, measure } from "./measure.ts";
import { Probe } from "./probe.ts";
import { markdownReport, type Results, rowsOf } from "./report.ts";
import { preparePeer, prepareSidecar, sizeOnDisk } from "./subjects.ts";
import { verdicts } from "./targets.ts";

const RESULTS = repositoryPath("dist/bench.json");

const FULL: Effort = {
  startsPerLife: 10,
  extraStarts: 0,
  laterCalls: 10,
  memoryRuns: 5,
  callsBeforeMemory: 1_000,
};
const FULL_CONSTRAINED: Effort = { ...FULL, extraStarts: 165, laterCalls: 3 };
const SHORT: Effort = {
  startsPerLife: 2,
  extraStarts: 0,
  laterCalls: 5,
  memoryRuns: 1,
  callsBeforeMemory: 100,
};
const SHORT_CONSTRAINED: Effort = { ...SHORT, laterCalls: 1 };

if (import.meta.main) await main();

async function main() {
  const { values: { short } } = parseArgs({
    args: [...Deno.args],
    options: { short: { type: "boolean", default: false } },
  });
  progress("building the peer and packing the sidecar");
  const sidecar = await prepareSidecar();
  const { peer, probe: program } = await preparePeer();
  const subjects = [sidecar, peer];
  const inputs = await writeInputs(repositoryPath(".cache/bench/inputs"));

  await using probe = await Probe.start(program);
  const settle = { probe, inputs };
  const free = await measure(subjects, {
    ...settle,
    cgroups: undefined,
    effort: short ? SHORT : FULL,
    progress: (step) => progress(`unconstrained: ${step}`),
  });
  // A control group for each, so that kills and peaks are known to be its own.
  using ours = createCgroup(`eks-irsa-bench-${Deno.pid}-sidecar`);
  using theirs = createCgroup(`eks-irsa-bench-${Deno.pid}-peer`);
  const constrained = await measure(subjects, {
    ...settle,
    cgroups: { sidecar: ours, peer: theirs },
    effort: short ? SHORT_CONSTRAINED : FULL_CONSTRAINED,
    progress: (step) => progress(`in 64 MB and 200m: ${step}`),
  });

  const results: Results = {
    machine: machineDescription(ours),
    short,
    subjects: subjects.map((subject) => ({
      name: subject.name,
      description: subject.description,
      bytesOnDisk: sizeOnDisk(subject),
    })),
    chargedBytes: { sidecar: ours.peakBytes(), peer: theirs.peakBytes() },
    targets: verdicts({
      sidecar: free.sidecar,
      peer: free.peer,
      constrained: constrained.sidecar,
      outOfMemoryKills: ours.outOfMemoryKills(),
    }),
    rows: [
      ...rowsOf("unconstrained", free.sidecar, free.peer),
      ...rowsOf("64 MB, 200m", constrained.sidecar, constrained.peer),
    ],
  };
  await Deno.mkdir(repositoryPath("dist"), { recursive: true });
  await Deno.writeTextFile(RESULTS, JSON.stringify(results, undefined, 2) + "\n");
  console.log(markdownReport(results));
  progress("the same as JSON is in dist/bench.json");
}

async function writeInputs(folder: string): Promise<Record<InputSize, InputFiles>> {
  return {
    small: await writeInput(folder, "small"),
    typical: await writeInput(folder, "typical"),
    "1 MiB": await writeInput(folder, "1 MiB"),
    "1.5 MB": await writeInput(folder, "1.5 MB"),
  };
}

function machineDescription({ version }: Cgroup): string {
  const model = /model name\s*: (.*)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ??
    Deno.build.arch;
  return `${navigator.hardwareConcurrency} processors (${model}), Linux ${Deno.osRelease()}, ` +
    `cgroup v${version}, Deno ${Deno.version.deno}, load ${Deno.loadavg()[0]?.toFixed(1)}`;
}

function progress(step: string) {
  console.error(`bench: ${step}`);
}

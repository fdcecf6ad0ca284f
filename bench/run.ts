/**
 * Measures what a VM pays for its sidecar, beside KubeVirt's own, and holds it to its targets. `--short` shows in a
 * minute that it runs, and proves nothing. What was measured is printed and kept also when the run is ended by
 * a signal or by an error. Needs root, control groups and Go.
 *
 * `deno task bench admission` measures the admission policy instead, see admission.ts.
 */
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { repositoryPath } from "../tests/support/paths.ts";
import { benchAdmission } from "./admission.ts";
import { createCgroup } from "./cgroup.ts";
import { type InputFiles, type InputSize, writeInput } from "./inputs.ts";
import { type Effort, emptySamples, measure } from "./measure.ts";
import { Probe } from "./probe.ts";
import { fleetOf, markdownReport, type Results, rowsOf } from "./report.ts";
import { preparePeer, prepareSidecar, sizeOnDisk } from "./subjects.ts";
import { verdicts } from "./targets.ts";

const RESULTS = repositoryPath("dist/bench.json");

const FULL: Effort = {
  vmStarts: 40,
  callLives: 5,
  laterCalls: 5,
  peakLives: 5,
  sidecarStarts: 0,
};
const FULL_CONSTRAINED: Effort = {
  vmStarts: 8,
  callLives: 3,
  laterCalls: 3,
  peakLives: 3,
  sidecarStarts: 200,
};
const SHORT: Effort = { vmStarts: 3, callLives: 1, laterCalls: 2, peakLives: 1, sidecarStarts: 0 };
const SHORT_CONSTRAINED: Effort = { ...SHORT, vmStarts: 2, laterCalls: 1 };

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const { values: { short }, positionals } = parseArgs({
    args: [...Deno.args],
    options: { short: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (positionals[0] === "admission") return await benchAdmission(progress);
  if (positionals[0] !== undefined) {
    console.error(`There is no benchmark "${positionals[0]}": there is "admission".`);
    return 2;
  }
  progress("building the peer and packing the sidecar");
  const sidecar = await prepareSidecar();
  const { peer, probe: program } = await preparePeer();
  const subjects = [sidecar, peer];
  const inputs = await writeInputs(repositoryPath(".cache/bench/inputs"));
  const name = machineName();
  const load = Deno.loadavg()[0]?.toFixed(1);

  // A control group for each, so that kills and peaks are known to be its own.
  using ours = createCgroup(`eks-irsa-bench-${Deno.pid}-sidecar`);
  using theirs = createCgroup(`eks-irsa-bench-${Deno.pid}-peer`);
  const unconstrained = emptySamples();
  const constrained = emptySamples();
  const { failure, code } = await untilSignal(async (signal) => {
    await using probe = await Probe.start(program, signal);
    const bench = { probe, inputs, signal };
    await measure(subjects, unconstrained, {
      ...bench,
      cgroups: undefined,
      effort: short ? SHORT : FULL,
      progress: (step) => progress(`unconstrained: ${step}`),
    });
    await measure(subjects, constrained, {
      ...bench,
      cgroups: { sidecar: ours, peer: theirs },
      effort: short ? SHORT_CONSTRAINED : FULL_CONSTRAINED,
      progress: (step) => progress(`in 64 MB and 200m: ${step}`),
    });
  });

  const results: Results = {
    machine: {
      name,
      details: `Linux ${Deno.osRelease()}, cgroup v${ours.version}, Deno ${Deno.version.deno}, ` +
        `load ${load} at the beginning`,
    },
    short,
    ...(failure !== undefined && { ended: failure }),
    subjects: subjects.map((subject) => ({
      name: subject.name,
      description: subject.description,
      bytesOnDisk: sizeOnDisk(subject),
    })),
    chargedBytes: { sidecar: ours.peakBytes(), peer: theirs.peakBytes() },
    fleet: { sidecar: fleetOf(unconstrained.sidecar), peer: fleetOf(unconstrained.peer) },
    targets: verdicts({
      machine: name,
      unconstrained,
      constrained,
      outOfMemoryKills: ours.outOfMemoryKills(),
    }),
    rows: [...rowsOf("unconstrained", unconstrained), ...rowsOf("64 MB, 200m", constrained)],
  };
  await Deno.mkdir(repositoryPath("dist"), { recursive: true });
  await Deno.writeTextFile(RESULTS, JSON.stringify(results, undefined, 2) + "\n");
  console.log(markdownReport(results));
  progress("the same as JSON is in dist/bench.json");
  return code;
}

/** Runs something that a signal may end. Says what has ended it before its time, and the exit code. */
async function untilSignal(
  run: (signal: AbortSignal) => Promise<void>,
): Promise<{ readonly failure: string | undefined; readonly code: number }> {
  const interruption = new AbortController();
  let received: typeof SIGNALS[number] | undefined;
  for (const name of SIGNALS) {
    Deno.addSignalListener(name, () => {
      received ??= name;
      interruption.abort();
    });
  }
  try {
    await run(interruption.signal);
    return { failure: undefined, code: 0 };
  } catch (error) {
    if (received !== undefined) {
      return { failure: received, code: 128 + constants.signals[received] };
    }
    console.error(error);
    return { failure: error instanceof Error ? error.message : String(error), code: 1 };
  }
}

async function writeInputs(folder: string): Promise<Record<InputSize, InputFiles>> {
  return {
    small: await writeInput(folder, "small"),
    typical: await writeInput(folder, "typical"),
    "1 MiB": await writeInput(folder, "1 MiB"),
  };
}

/** Such as "AMD EPYC, 2 processors". */
function machineName(): string {
  const model = /model name\s*: (.*)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ??
    Deno.build.arch;
  return `${model}, ${navigator.hardwareConcurrency} processors`;
}

function progress(step: string) {
  console.error(`bench: ${step}`);
}

import { setTimeout as delay } from "node:timers/promises";
import type { Cgroup } from "./cgroup.ts";
import type { InputFiles, InputSize } from "./inputs.ts";
import { type HookName, type Memory, type Probe, ProbeError, type Start } from "./probe.ts";
import type { Subject } from "./subjects.ts";

const HOOKS: readonly HookName[] = ["preCloudInitIso", "onDefineDomain"];
const SIZES: readonly InputSize[] = ["small", "typical", "1 MiB"];

/** How much is measured. */
export interface Effort {
  /** VMs that are started with the typical input: their first calls, memory and processor time. */
  readonly vmStarts: number;
  /** Lives for each input, whose first calls are followed by later ones. */
  readonly callLives: number;
  readonly laterCalls: number;
  /** Lives whose memory is followed while the largest input is answered. */
  readonly peakLives: number;
  /** Starts of the sidecar in all: those above, and others that are only waited for. */
  readonly sidecarStarts: number;
}

/** After Info, after the hooks, and at the peak of the largest input. */
export type MemoryState = "afterInfo" | "afterHooks" | "peak";

/** What was measured of one subject; every list is a sample. */
export interface Sample {
  readonly starts: Start[];
  readonly failedStarts: string[];
  /** Starts that went well and whose sidecar broke down later. */
  readonly brokenRuns: string[];
  /** In the order of the table. */
  readonly calls: readonly CallSample[];
  readonly memory: Readonly<Record<MemoryState, Memory[]>>;
  /** Processor time of a VM's start: exec, Info, both hooks with the typical input, until idle. */
  readonly vmStartCpuMs: number[];
}

/** The latencies of a call with an input, in milliseconds; or why there are none. */
export interface CallSample {
  readonly hook: HookName;
  /** Info has none: it is counted with the input of a VM's start, `typical`. */
  readonly input: InputSize;
  /** That of Info is from the socket's appearance to the answer, and is the first of every life. */
  readonly first: number[];
  readonly later: number[];
  failure?: string;
}

/** The samples of the subjects. */
export type Samples = Readonly<Record<Subject["name"], Sample>>;

/** What a measurement needs. */
export interface Bench {
  readonly probe: Probe;
  readonly inputs: Readonly<Record<InputSize, InputFiles>>;
  /** The limits that each subject runs under, if any. */
  readonly cgroups: Readonly<Record<Subject["name"], Cgroup>> | undefined;
  readonly effort: Effort;
  readonly progress: (step: string) => void;
  /** Ends the measurement when it is aborted. */
  readonly signal: AbortSignal;
}

/** Samples to be filled. */
export function emptySamples(): Samples {
  return { sidecar: emptySample(), peer: emptySample() };
}

/** The calls of one kind, which every sample has. */
export function callsOf(sample: Sample, hook: HookName, input: InputSize): CallSample {
  const calls = sample.calls.find((call) => call.hook === hook && call.input === input);
  if (calls === undefined) throw new Error(`No call of ${hook} with ${input} input is measured.`);
  return calls;
}

/**
 * Measures all subjects in turn, start by start, so that what else the machine does affects them alike. What was
 * measured until an error or an abort is in the samples.
 */
export async function measure(
  subjects: readonly Subject[],
  samples: Samples,
  bench: Bench,
): Promise<void> {
  const { effort, progress } = bench;
  const inTurn = async (
    step: string,
    count: number,
    each: (subject: Subject, sample: Sample) => Promise<void>,
  ) => {
    for (let index = 0; index < count; index++) {
      progress(`${step}, ${index + 1} of ${count}`);
      for (const subject of subjects) await each(subject, samples[subject.name]);
    }
  };
  await inTurn("start of a VM", effort.vmStarts, (...of) => startVm(...of, bench));
  for (const size of SIZES) {
    await inTurn(`calls, ${size}`, effort.callLives, (...of) => callAgain(...of, size, bench));
  }
  await inTurn("peak of memory", effort.peakLives, (...of) => followPeak(...of, bench));
  const { starts, failedStarts } = samples.sidecar;
  await inTurn(
    "further start",
    effort.sidecarStarts - starts.length - failedStarts.length,
    async (subject, sample) => {
      if (subject.name === "sidecar") await withSidecar(subject, sample, bench, async () => {});
    },
  );
}

function emptySample(): Sample {
  const call = (hook: HookName, input: InputSize) => ({ hook, input, first: [], later: [] });
  return {
    starts: [],
    failedStarts: [],
    brokenRuns: [],
    calls: [call("info", "typical"), ...SIZES.flatMap((size) => HOOKS.map((h) => call(h, size)))],
    memory: { afterInfo: [], afterHooks: [], peak: [] },
    vmStartCpuMs: [],
  };
}

/** What virt-launcher does to start a VM, until the sidecar has nothing left to do. */
async function startVm(subject: Subject, sample: Sample, bench: Bench) {
  const cpuMs = await withSidecar(subject, sample, bench, async () => {
    await untilIdle(bench);
    sample.memory.afterInfo.push(await bench.probe.memory());
    await callFirst(sample, "typical", bench);
    await untilIdle(bench);
    sample.memory.afterHooks.push(await bench.probe.memory());
  });
  if (cpuMs !== undefined) sample.vmStartCpuMs.push(cpuMs);
}

async function callAgain(subject: Subject, sample: Sample, size: InputSize, bench: Bench) {
  await withSidecar(subject, sample, bench, async () => {
    await untilIdle(bench);
    await callFirst(sample, size, bench);
    const calls = HOOKS.map((hook) => callsOf(sample, hook, size));
    if (size === "typical") calls.push(callsOf(sample, "info", size));
    for (const call of calls) await callInto(call.later, call, bench.effort.laterCalls, bench);
  });
}

/** The two hooks as virt-launcher calls them: once each, in this order. */
async function callFirst(sample: Sample, size: InputSize, bench: Bench) {
  for (const hook of HOOKS) {
    const call = callsOf(sample, hook, size);
    await callInto(call.first, call, 1, bench);
  }
}

async function callInto(times: number[], call: CallSample, count: number, bench: Bench) {
  if (call.failure !== undefined) return;
  try {
    times.push(...await bench.probe.call(call.hook, bench.inputs[call.input], count));
  } catch (error) {
    call.failure = reasonOf(error);
  }
}

async function followPeak(subject: Subject, sample: Sample, bench: Bench) {
  // The peer cannot take 1 MiB: an argument of a process holds 128 KiB.
  const input = bench.inputs[subject.name === "sidecar" ? "1 MiB" : "typical"];
  await withSidecar(subject, sample, bench, async () => {
    await untilIdle(bench);
    const seen: Memory[] = [];
    for (const hook of HOOKS) seen.push(await bench.probe.peakMemory(hook, input, 1));
    sample.memory.peak.push({
      anonymousKiB: Math.max(...seen.map(({ anonymousKiB }) => anonymousKiB)),
      fileKiB: Math.max(...seen.map(({ fileKiB }) => fileKiB)),
    });
  });
}

/** Starts a sidecar, uses and ends it. Gives the processor time of its life, unless something went wrong. */
async function withSidecar(
  { name, command, env }: Subject,
  sample: Sample,
  { probe, cgroups }: Bench,
  use: () => Promise<void>,
): Promise<number | undefined> {
  try {
    const start = await probe.startSidecar({ command, env, cgroups: cgroups?.[name].procs ?? [] });
    sample.starts.push(start);
    callsOf(sample, "info", "typical").first.push(start.infoMs - start.socketMs);
  } catch (error) {
    sample.failedStarts.push(reasonOf(error));
    return undefined;
  }
  try {
    await use();
    return await probe.stopSidecar();
  } catch (error) {
    // Killed for memory, say: what would have been measured is then missing.
    sample.brokenRuns.push(reasonOf(error));
    await probe.stopSidecar().catch(() => {});
    return undefined;
  }
}

/**
 * Waits until a sidecar has nothing left to do. Half a second after its last client has gone it collects garbage,
 * which takes longer with a fifth of a processor. Between Info and the first hook virt-launcher takes seconds
 * to start libvirt, and after the hooks nobody calls.
 */
async function untilIdle({ cgroups, signal }: Bench) {
  await delay(cgroups === undefined ? 800 : 1_500, undefined, { signal });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ProbeError)) throw error;
  return error.message.slice(0, 300);
}

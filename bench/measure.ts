import type { Cgroup } from "./cgroup.ts";
import type { InputFiles, InputSize } from "./inputs.ts";
import { type HookName, type Memory, type Probe, ProbeError, type Start } from "./probe.ts";
import type { Subject } from "./subjects.ts";

export const HOOKS: readonly HookName[] = ["preCloudInitIso", "onDefineDomain"];

/**
 * What is called in one sidecar's life, to measure how long it takes: what a VM of each size needs, and Info
 * once more, which decides nothing: no hook can be faster.
 */
const LIVES: readonly { readonly hooks: readonly HookName[]; readonly input: InputSize }[] = [
  { hooks: ["info"], input: "small" },
  { hooks: HOOKS, input: "small" },
  { hooks: HOOKS, input: "typical" },
  { hooks: HOOKS, input: "1 MiB" },
];

/**
 * From Info to the first hook, in milliseconds. Between them virt-launcher starts virtqemud, connects to it,
 * and says that it is ready (kubevirt/kubevirt cmd/virt-launcher/virt-launcher.go, main); the VM is sent to
 * it after that. That takes some seconds.
 */
const BEFORE_THE_HOOKS = 2_000;

/** How much is measured. */
export interface Effort {
  /** Starts for every kind of life: each is ready, called for the first time, and called again. */
  readonly startsPerLife: number;
  /** Further starts of the sidecar, which are only waited for. */
  readonly extraStarts: number;
  readonly laterCalls: number;
  readonly memoryRuns: number;
  readonly callsBeforeMemory: number;
}

/** Idle after its start and after many calls; at the peak of the most that a VM, and that a call can have. */
export type MemoryState = "idle" | "used" | "peak" | "beyond";

/** What was measured of one subject; every list is a sample. */
export interface Sample {
  readonly starts: Start[];
  readonly failedStarts: string[];
  /** Starts that went well and whose sidecar broke down later. */
  readonly brokenRuns: string[];
  /** By life: the calls in the order in which they are made. */
  readonly calls: readonly (readonly CallSample[])[];
  readonly memory: Readonly<Record<MemoryState, Memory[]>>;
}

/** The latencies of a hook with an input, in milliseconds; or why there are none. */
export interface CallSample {
  readonly hook: HookName;
  readonly input: InputSize;
  readonly first: number[];
  readonly later: number[];
  failure?: string;
}

export interface Bench {
  readonly probe: Probe;
  readonly inputs: Readonly<Record<InputSize, InputFiles>>;
  /** The limits that each subject runs under, if any. */
  readonly cgroups: Readonly<Record<Subject["name"], Cgroup>> | undefined;
  readonly effort: Effort;
  readonly progress: (step: string) => void;
}

/** Measures all subjects in turn, start by start, so that what else the machine does hits them alike. */
export async function measure(
  subjects: readonly Subject[],
  bench: Bench,
): Promise<Readonly<Record<Subject["name"], Sample>>> {
  const byName = { sidecar: emptySample(), peer: emptySample() };
  const samples = new Map(subjects.map((subject) => [subject, byName[subject.name]]));
  const { effort, progress } = bench;
  for (const [life, { hooks, input }] of LIVES.entries()) {
    for (let index = 0; index < effort.startsPerLife; index++) {
      progress(
        `${hooks.join(" and ")}, ${input}: start ${index + 1} of ${effort.startsPerLife}`,
      );
      for (const [subject, sample] of samples) await startAndCall(subject, sample, life, bench);
    }
  }
  for (let index = 0; index < effort.memoryRuns; index++) {
    progress(`memory, run ${index + 1} of ${effort.memoryRuns}`);
    for (const [subject, sample] of samples) await followMemory(subject, sample, bench);
  }
  for (let index = 0; index < effort.extraStarts; index++) {
    progress(`start ${index + 1} of ${effort.extraStarts} more`);
    for (const [subject, sample] of samples) {
      if (subject.name === "sidecar") await withSidecar(subject, sample, bench, async () => {});
    }
  }
  return byName;
}

function emptySample(): Sample {
  const calls = LIVES.map(({ hooks, input }) =>
    hooks.map((hook) => ({ hook, input, first: [], later: [] }))
  );
  return {
    starts: [],
    failedStarts: [],
    brokenRuns: [],
    calls,
    memory: { idle: [], used: [], peak: [], beyond: [] },
  };
}

async function startAndCall(subject: Subject, sample: Sample, life: number, bench: Bench) {
  await withSidecar(subject, sample, bench, async () => {
    await pause(BEFORE_THE_HOOKS);
    // In virt-launcher's order: the two first calls of a VM's life, and then those of a busy one.
    const samples = sample.calls[life] ?? [];
    for (const call of samples) await callInto(call.first, call, 1, bench);
    for (const call of samples) await callInto(call.later, call, bench.effort.laterCalls, bench);
  });
}

async function callInto(times: number[], call: CallSample, count: number, bench: Bench) {
  if (call.failure !== undefined) return;
  try {
    times.push(...await bench.probe.call(call.hook, bench.inputs[call.input], count));
  } catch (error) {
    call.failure = reasonOf(error);
  }
}

async function followMemory(subject: Subject, sample: Sample, bench: Bench) {
  const { probe, inputs, effort, cgroups } = bench;
  const { idle, used, peak, beyond } = sample.memory;
  await withSidecar(subject, sample, bench, async () => {
    await settled(cgroups !== undefined);
    idle.push(await probe.memory());
    for (let calls = 0; calls < effort.callsBeforeMemory; calls += 2 * 50) {
      for (const hook of HOOKS) await probe.call(hook, inputs.typical, 50);
    }
    await settled(cgroups !== undefined);
    used.push(await probe.memory());
  });
  if (subject.name === "sidecar") {
    // The peer cannot take inputs of this size: a process's argument holds 128 KiB.
    await followPeak(subject, sample, "1 MiB", peak, bench);
    await followPeak(subject, sample, "1.5 MB", beyond, bench);
  } else await followPeak(subject, sample, "typical", peak, bench);
}

/** The peak of a VM's start, which is the first calls of a sidecar's life. */
async function followPeak(
  subject: Subject,
  sample: Sample,
  input: InputSize,
  peaks: Memory[],
  bench: Bench,
) {
  await withSidecar(subject, sample, bench, async () => {
    await pause(BEFORE_THE_HOOKS);
    const seen: Memory[] = [];
    for (const hook of HOOKS) {
      seen.push(await bench.probe.peakMemory(hook, bench.inputs[input], 1));
    }
    peaks.push({
      anonymousKiB: Math.max(...seen.map(({ anonymousKiB }) => anonymousKiB)),
      fileKiB: Math.max(...seen.map(({ fileKiB }) => fileKiB)),
    });
  });
}

async function withSidecar(
  { name, command, env }: Subject,
  sample: Sample,
  { probe, cgroups }: Bench,
  use: () => Promise<void>,
) {
  try {
    sample.starts.push(
      await probe.startSidecar({ command, env, cgroups: cgroups?.[name].procs ?? [] }),
    );
  } catch (error) {
    sample.failedStarts.push(reasonOf(error));
    return;
  }
  try {
    await use();
    await probe.stopSidecar();
  } catch (error) {
    // Killed for memory, say: the calls or the memory of this start are then missing.
    sample.brokenRuns.push(reasonOf(error));
    await probe.stopSidecar().catch(() => {});
  }
}

/** Waits until a sidecar is idle, which takes longer with a fifth of a processor. */
async function settled(constrained: boolean) {
  await pause(constrained ? 3_000 : 2_000);
}

async function pause(milliseconds: number) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ProbeError)) throw error;
  return error.message.slice(0, 300);
}

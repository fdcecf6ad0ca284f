import { callsOf, type MemoryState, type Sample, type Samples } from "./measure.ts";
import type { HookName } from "./probe.ts";
import { median } from "./statistics.ts";

/** What a VM may pay for its sidecar, and what it pays. */
export interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly verdict: "met" | "NOT MET" | "not measured";
}

/** What the targets are held against. */
export interface Measurements {
  /** Such as its processor, which the times are to be read with. */
  readonly machine: string;
  readonly unconstrained: Samples;
  readonly constrained: Samples;
  /** Processes of the sidecar that the kernel has killed for memory, in 64 MB. */
  readonly outOfMemoryKills: number;
}

/** KubeVirt's deadline for Info, from the moment that it can connect (kubevirt/kubevirt pkg/hooks/manager.go). */
const INFO_DEADLINE_MS = 1_000;

/** The calls that every start of a VM makes, each for the first time in the sidecar's life. */
const CALLS_OF_A_START: readonly HookName[] = ["info", "preCloudInitIso", "onDefineDomain"];

/** What these may take, as a multiple of what the peer's take. */
const MOST_OF_THE_PEER = 1.15;

/** Every target with its verdict. */
export function verdicts(measurements: Measurements): readonly Verdict[] {
  const { machine, unconstrained, constrained } = measurements;
  const memory = (state: MemoryState) =>
    Math.max(
      ...[unconstrained, constrained].flatMap(({ sidecar }) =>
        sidecar.memory[state].map(({ anonymousKiB }) => anonymousKiB / 1024)
      ),
    );
  return [
    atMost(`ready, unconstrained, on ${machine}, median`, 100, "ms", ready(unconstrained.sidecar)),
    atMost("ready in 64 MB and 200m, median", 600, "ms", ready(constrained.sidecar)),
    ...startsIn64Mb(measurements),
    atMost("anonymous memory after Info", 15, "MiB", memory("afterInfo")),
    atMost("anonymous memory after the hooks, idle", 15.5, "MiB", memory("afterHooks")),
    atMost("anonymous memory at the peak of 1 MiB", 38, "MiB", memory("peak")),
    firstCalls(unconstrained),
  ];
}

function ready({ starts }: Sample): number {
  return median(starts.map(({ infoMs }) => infoMs));
}

function startsIn64Mb({ constrained, outOfMemoryKills }: Measurements): readonly Verdict[] {
  const { starts, failedStarts, brokenRuns } = constrained.sidecar;
  const count = starts.length + failedStarts.length;
  const infoMs = starts.map((start) => start.infoMs - start.socketMs);
  const late = infoMs.filter((ms) => ms > INFO_DEADLINE_MS).length;
  return [
    {
      target: "no failed Info in 64 MB and 200m",
      measured: `${failedStarts.length} failed of ${count} starts`,
      verdict: verdictOf(count, failedStarts.length === 0),
    },
    {
      target: "Info within 1 s of the socket's appearance in 64 MB and 200m",
      measured: `${late} late of ${count} starts, longest ${Math.max(0, ...infoMs).toFixed(0)} ms`,
      verdict: verdictOf(count, late === 0),
    },
    {
      target: "no process killed for memory in 64 MB",
      measured: `${outOfMemoryKills} killed, ${brokenRuns.length} broken off of ${count} starts`,
      verdict: verdictOf(count, outOfMemoryKills + brokenRuns.length === 0),
    },
  ];
}

/** @param value Not a finite number if nothing was measured. */
function atMost(what: string, limit: number, unit: string, value: number): Verdict {
  const measured = Number.isFinite(value);
  return {
    target: `${what}: at most ${limit} ${unit}`,
    measured: measured ? `${value.toFixed(1)} ${unit}` : "–",
    verdict: verdictOf(measured ? 1 : 0, value <= limit),
  };
}

function firstCalls({ sidecar, peer }: Samples): Verdict {
  const samplesOf = (sample: Sample) =>
    CALLS_OF_A_START.map((hook) => callsOf(sample, hook, "typical").first);
  const [ours, theirs] = [samplesOf(sidecar), samplesOf(peer)];
  const sum = (samples: readonly (readonly number[])[]) =>
    samples.reduce((total, sample) => total + median(sample), 0);
  const count = Math.min(...[...ours, ...theirs].map((sample) => sample.length));
  const factor = sum(ours) / sum(theirs);
  return {
    target:
      "first Info, PreCloudInitIso and OnDefineDomain after a start, typical, sum of the medians: " +
      `at most ${MOST_OF_THE_PEER} times the peer's`,
    measured: count === 0
      ? "–"
      : `${sum(ours).toFixed(1)} ms, peer ${sum(theirs).toFixed(1)} ms: ` +
        `${factor.toFixed(2)} times, of ${count} starts`,
    verdict: verdictOf(count, factor <= MOST_OF_THE_PEER),
  };
}

function verdictOf(count: number, met: boolean): Verdict["verdict"] {
  if (count === 0) return "not measured";
  return met ? "met" : "NOT MET";
}

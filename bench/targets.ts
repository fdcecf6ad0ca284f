import { HOOKS, type Sample } from "./measure.ts";
import { median } from "./statistics.ts";

/** What was promised of one quantity, and what came of it. */
export interface Verdict {
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** The samples that the targets speak of. */
export interface Samples {
  readonly sidecar: Sample;
  readonly peer: Sample;
  readonly constrained: Sample;
  readonly outOfMemoryKills: number;
}

/** KubeVirt's deadline for Info, from the moment that it can connect (pkg/hooks/manager.go). */
const INFO_DEADLINE = 1_000;

/** Every target with its verdict. */
export function verdicts(samples: Samples): readonly Verdict[] {
  const { sidecar, constrained, outOfMemoryKills } = samples;
  const late = constrained.starts.filter((s) => s.infoMs - s.socketMs > INFO_DEADLINE).length;
  const starts = constrained.starts.length + constrained.failedStarts.length;
  return [
    atMost("ready, unconstrained, median", 100, "ms", median(sidecar.starts.map((s) => s.infoMs))),
    atMost(
      "ready in 64 MB and 200m, median",
      600,
      "ms",
      median(constrained.starts.map((s) => s.infoMs)),
    ),
    {
      target: "no failed Info in 64 MB and 200m",
      measured: `${constrained.failedStarts.length} failed of ${starts} starts`,
      met: constrained.failedStarts.length === 0,
    },
    {
      target: "Info within 1 s of the socket's appearance in 64 MB and 200m",
      measured: `${late} late of ${starts} starts, longest ${
        Math.max(...constrained.starts.map((s) => s.infoMs - s.socketMs)).toFixed(0)
      } ms`,
      met: late === 0,
    },
    {
      target: "no process killed for memory in 64 MB",
      measured: `${outOfMemoryKills} killed, ${constrained.brokenRuns.length} runs broken off`,
      met: outOfMemoryKills + constrained.brokenRuns.length === 0,
    },
    atMost("anonymous memory idle", 24, "MB", largest(sidecar.memory.idle)),
    atMost(
      "anonymous memory at the peak of a maximal input",
      48,
      "MB",
      largest(sidecar.memory.peak),
    ),
    atMost(
      "anonymous memory at the peak of the largest call, 1.5 MB",
      48,
      "MB",
      largest(sidecar.memory.beyond),
    ),
    speed("later calls at least 5 times faster than the peer's", "later", samples),
    speed("first calls at least 5 times faster than the peer's", "first", samples),
  ];
}

function atMost(what: string, limit: number, unit: string, value: number): Verdict {
  return {
    target: `${what}: at most ${limit} ${unit}`,
    measured: `${value.toFixed(1)} ${unit}`,
    met: value <= limit,
  };
}

/** The least of the factors by which a hook is faster, over the inputs that the peer can take. */
function speed(target: string, which: "first" | "later", { sidecar, peer }: Samples): Verdict {
  const hooks = sidecar.calls.flat().filter(({ hook }) => HOOKS.includes(hook));
  const factors = hooks.flatMap((ours) => {
    const theirs = peer.calls.flat().find(({ hook, input }) =>
      hook === ours.hook && input === ours.input
    );
    const factor = median(theirs?.[which] ?? []) / median(ours[which]);
    return Number.isFinite(factor) ? [{ factor, call: `${ours.hook}, ${ours.input}` }] : [];
  }).toSorted((one, other) => one.factor - other.factor);
  const [least] = factors;
  return {
    target,
    measured: least === undefined ? "–" : `${least.factor.toFixed(1)} times (${least.call})`,
    met: least !== undefined && least.factor >= 5,
  };
}

function largest(memories: readonly { readonly anonymousKiB: number }[]): number {
  return Math.max(...memories.map(({ anonymousKiB }) => anonymousKiB * 1024 / 1e6));
}

/** What the kernel has counted for a machine's CPU so far, in nanoseconds. */
export interface CpuTimes {
  readonly ran: number;
  /** The time for which it waited for a core. */
  readonly waited: number;
}

/** The same, with the time of this machine's clock in milliseconds. */
export interface CpuSample extends CpuTimes {
  readonly at: number;
}

/**
 * Reads the kernel's statistics of QEMU's emulated CPU (schedstat).
 *
 * @param pid QEMU's process id
 */
export async function cpuSample(pid: number): Promise<CpuSample> {
  const times = { at: Date.now(), ran: 0, waited: 0 };
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const thread = `/proc/${pid}/task/${name}`;
    const comm = await Deno.readTextFile(`${thread}/comm`).catch(() => "");
    if (!comm.startsWith("CPU ")) continue;
    const [ran, waited] = (await Deno.readTextFile(`${thread}/schedstat`)).split(" ").map(Number);
    times.ran += ran ?? 0;
    times.waited += waited ?? 0;
  }
  return times;
}

/** The share of its runnable time in which a machine ran: 1 if it never waited for a core. */
export function cpuShare({ ran, waited }: CpuTimes): number {
  return ran + waited === 0 ? 1 : ran / (ran + waited);
}

/**
 * The same for an interval: from the last sample before it to the first one after it.
 *
 * @param samples in their order
 */
export function cpuShareBetween(samples: readonly CpuSample[], from: number, to: number): number {
  const first = samples.findLast(({ at }) => at <= from) ?? { ran: 0, waited: 0 };
  const last = samples.find(({ at }) => at >= to) ?? samples.at(-1) ?? first;
  return cpuShare({ ran: last.ran - first.ran, waited: last.waited - first.waited });
}

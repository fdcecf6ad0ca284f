/** Nanoseconds that a machine's CPU ran, and those that it would have run but had to wait. */
export interface CpuTimes {
  readonly ran: number;
  readonly waited: number;
}

/**
 * Reads the kernel's account of a QEMU's emulated CPU (schedstat).
 *
 * @param pid QEMU's process id
 */
export async function cpuTimes(pid: number): Promise<CpuTimes> {
  const times = { ran: 0, waited: 0 };
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

/** Which part of the time that a machine wanted to run it ran: 1 where nothing else ran beside it. */
export function cpuShare({ ran, waited }: CpuTimes): number {
  return ran + waited === 0 ? 1 : ran / (ran + waited);
}

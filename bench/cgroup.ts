/**
 * The limits of a sidecar whose VM has dedicated CPUs, 64M of memory and 200m of processor (kubevirt/kubevirt
 * pkg/virt-controller/services/renderresources.go, sidecarResources).
 */
const MEMORY_BYTES = 64_000_000;
const CPU_US = 20_000;
const PERIOD_US = 100_000;

const ROOT = "/sys/fs/cgroup";

/** A control group with 64 MB of memory and 200m of CPU. */
export interface Cgroup extends Disposable {
  readonly version: 1 | 2;
  /** The files that a process writes its id to, to enter it. */
  readonly procs: readonly string[];
  /** How many processes the kernel has killed in it for want of memory. */
  outOfMemoryKills(): number;
  /** The most memory ever charged to it, page cache included. */
  peakBytes(): number;
}

/** Makes a control group of version 2 if the machine has it with the controllers, else of version 1. */
export function createCgroup(name: string): Cgroup {
  return hasVersion2() ? version2(name) : version1(name);
}

function hasVersion2(): boolean {
  try {
    const controllers = Deno.readTextFileSync(`${ROOT}/cgroup.controllers`).split(/\s/);
    return controllers.includes("memory") && controllers.includes("cpu");
  } catch {
    return false;
  }
}

function version2(name: string): Cgroup {
  const folder = `${ROOT}/${name}`;
  Deno.writeTextFileSync(`${ROOT}/cgroup.subtree_control`, "+memory +cpu");
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${folder}/memory.max`, String(MEMORY_BYTES));
  Deno.writeTextFileSync(
    `${folder}/cpu.max`,
    `${CPU_US} ${PERIOD_US}`,
  );
  return {
    version: 2,
    procs: [`${folder}/cgroup.procs`],
    outOfMemoryKills: () => keyedNumber(`${folder}/memory.events`, "oom_kill"),
    peakBytes: () => Number(Deno.readTextFileSync(`${folder}/memory.peak`)),
    [Symbol.dispose]: () => Deno.removeSync(folder),
  };
}

function version1(name: string): Cgroup {
  const memory = `${ROOT}/memory/${name}`;
  const cpu = `${ROOT}/cpu/${name}`;
  for (const folder of [memory, cpu]) Deno.mkdirSync(folder);
  Deno.writeTextFileSync(`${memory}/memory.limit_in_bytes`, String(MEMORY_BYTES));
  Deno.writeTextFileSync(`${cpu}/cpu.cfs_period_us`, String(PERIOD_US));
  Deno.writeTextFileSync(`${cpu}/cpu.cfs_quota_us`, String(CPU_US));
  return {
    version: 1,
    procs: [`${memory}/cgroup.procs`, `${cpu}/cgroup.procs`],
    outOfMemoryKills: () => keyedNumber(`${memory}/memory.oom_control`, "oom_kill"),
    peakBytes: () => Number(Deno.readTextFileSync(`${memory}/memory.max_usage_in_bytes`)),
    [Symbol.dispose]: () => {
      for (const folder of [memory, cpu]) Deno.removeSync(folder);
    },
  };
}

function keyedNumber(path: string, key: string): number {
  const line = Deno.readTextFileSync(path).split("\n").find((line) => line.startsWith(`${key} `));
  return Number(line?.split(" ")[1]);
}

import { cpuShare } from "./cpu_share.ts";
import { type Guest, GUESTS } from "./guests.ts";
import { type Booted, type BootOptions, Machine } from "./machine.ts";
import type { Point, Report } from "./report.ts";
import type { Rig } from "./rig.ts";
import type { TokenLayout } from "./token_volume.ts";
import { USER_DATA_NAMES, userData, type UserDataName } from "./user_data.ts";
import type { DataSource, MachineSpec } from "./vmi.ts";

/** The context of a scenario: one guest, one kind of user data. */
export interface ScenarioContext {
  readonly rig: Rig;
  readonly guest: Guest;
  readonly report: Report;
}

/** A set of boots that check several of the points. */
export interface Scenario {
  readonly name: string;
  /** What it checks, apart from its kind of user data. */
  readonly about: string;
  /** The guests that it boots, by their names; all of them without. */
  readonly guests?: readonly string[];
  run(context: ScenarioContext): Promise<void>;
}

/** The machine of a scenario. Its UUID is always the same, so that its boots can be compared. */
export async function machineSpec(
  guest: Guest,
  name: UserDataName,
  dataSource: DataSource,
): Promise<MachineSpec> {
  const [system, kind] = [GUESTS.indexOf(guest), USER_DATA_NAMES.indexOf(name)];
  return {
    name: "vm",
    uuid: `5ca1ab1e-0000-4000-8000-0000000000${system}${kind}`,
    dataSource,
    userData: await userData(name),
  };
}

/**
 * Creates a machine, runs the scenario with it, and removes it. If anything fails, the machine's logs are kept, and
 * their folder is printed.
 */
export async function withMachine<T>(
  { rig, guest, report }: ScenarioContext,
  name: string,
  spec: MachineSpec,
  layout: TokenLayout,
  use: (machine: Machine) => Promise<T>,
): Promise<T> {
  // libvirt takes no two machines of one UUID at a time; another scenario may have the same.
  using _turn = await rig.turns.take(spec.uuid);
  await using machine = await Machine.create(rig, guest, name, spec, layout);
  const failuresBefore = report.failures(guest);
  const keep = async () => {
    report.progress(`${guest.name} ${name}: logs are kept in ${await machine.keepLogs()}`);
  };
  machine.beforeShutdown = async () => {
    if (report.failures(guest) > failuresBefore) await keep();
  };
  try {
    return await use(machine);
  } catch (error) {
    await keep();
    throw error;
  }
}

/** Boots and prints how long that took. The boot itself counts for a point. */
export async function boot(
  { guest, report }: ScenarioContext,
  machine: Machine,
  point: Point,
  what: string,
  options: BootOptions,
): Promise<Booted> {
  let booted: Booted | undefined;
  await report.check(guest, point, what, async () => {
    const started = Date.now();
    booted = await machine.boot(options);
    const share = cpuShare(booted.cpuSamples.at(-1) ?? { ran: 0, waited: 0 });
    const end = options.withoutCloudInit
      ? "multi-user.target was reached"
      : "cloud-init had finished";
    return `${end} ${((Date.now() - started) / 1_000).toFixed(0)} s after the start, with ${
      (share * 100).toFixed(0)
    } % of the CPU it wanted`;
  });
  if (booted === undefined) throw new Error(`${guest.name}: ${what} did not boot`);
  return booted;
}

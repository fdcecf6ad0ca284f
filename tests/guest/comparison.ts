import { repositoryPath } from "../support/paths.ts";
import type { GuestShell } from "./guest_shell.ts";
import { expect } from "./report.ts";

/** What a boot left in a guest, without what differs between any two boots. */
export interface Trace {
  /** Every changed path of the root file system, with type, mode, owner and content. */
  readonly files: Readonly<Record<string, string>>;
  /** The lines that the owner's commands wrote, in order. */
  readonly commands: string;
  /** What cloud-init reports of itself. */
  readonly cloudInit: string;
  /** Units that failed, and the mounts and processes that a sidecar could have added. */
  readonly system: string;
  /** All users and groups. */
  readonly accounts: string;
  /** Network interfaces by their names, and disks by their places on the bus, one a line. */
  readonly devices: string;
}

const DEVICES = `
ip -o link | sed -n 's/^[0-9]*: \\([^:]*\\):.* link.[a-z]* \\([0-9a-f:]*\\) .*/\\1 is \\2/p'
cd /dev/disk/by-path && for link in *; do echo "$link is $(readlink "$link")"; done`;

/** Records the trace of a guest that has finished its boot. */
export async function takeTrace(shell: GuestShell): Promise<Trace> {
  const manifest = await Deno.readTextFile(repositoryPath("tests/guest/checks/manifest.py"));
  return {
    files: await shell.python(manifest, []) as Record<string, string>,
    commands: await shell.output("cat /etc/owner/log 2>/dev/null || true"),
    cloudInit: await shell.output(
      "cat /run/cloud-init/result.json 2>/dev/null; grep -hs WARNING /var/log/cloud-init.log | sed 's/.*WARNING/WARNING/' || true",
    ),
    system: await shell.output(
      "systemctl --failed --plain --no-legend 2>/dev/null; grep virtiofs /proc/mounts; ls -d /run/*aws* /run/*irsa* /aws* 2>/dev/null; systemctl show-environment 2>/dev/null | grep AWS; true",
    ),
    accounts: await shell.output("getent passwd; getent group"),
    devices: await shell.output(DEVICES),
  };
}

/**
 * Compares a boot with one without the sidecar.
 *
 * @param added paths and names that the first may have in addition
 * @returns the evidence in words
 * @throws if anything else differs.
 */
export function compareTraces(
  withSidecar: Trace,
  without: Trace,
  added: readonly string[],
): string {
  const differences: string[] = [];
  const paths = new Set([...Object.keys(withSidecar.files), ...Object.keys(without.files)]);
  for (const path of [...paths].sort()) {
    if (added.includes(path)) continue;
    const here = withoutNames(withSidecar.files[path], added);
    const there = without.files[path];
    if (here !== there) {
      differences.push(`${path}: ${here ?? "absent"}, without: ${there ?? "absent"}`);
    }
  }
  if (withSidecar.commands !== without.commands) {
    differences.push(`commands: ${withSidecar.commands}, without: ${without.commands}`);
  }
  if (withSidecar.cloudInit !== without.cloudInit) {
    differences.push(`cloud-init: ${withSidecar.cloudInit}, without: ${without.cloudInit}`);
  }
  expect(
    differences.length === 0,
    `${differences.length} differences: ${differences.slice(0, 8).join("; ")}`,
  );
  const commands = lines(without.commands).length;
  return `the same ${
    Object.keys(without.files).length
  } changed paths, the same ${commands} commands`;
}

/**
 * Compares the names of network interfaces and the places of disks: files in a guest may refer to both.
 *
 * @returns the evidence in words
 * @throws if one differs from that without the sidecar.
 */
export function sameDevices(withSidecar: Trace, without: Trace): string {
  const [here, there] = [lines(withSidecar.devices), lines(without.devices)];
  const other = [
    ...here.filter((line) => !there.includes(line)).map((line) => `${line} with the sidecar`),
    ...there.filter((line) => !here.includes(line)).map((line) => `${line} without it`),
  ];
  expect(other.length === 0, `devices have moved: ${other.join("; ")}`);
  return there.join(", ");
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}

function withoutNames(entry: string | undefined, names: readonly string[]): string | undefined {
  return entry?.split(" ").filter((word) => !names.includes(`/${word}`)).join(" ");
}

import { repositoryPath } from "../support/paths.ts";
import type { GuestShell } from "./guest_shell.ts";
import { expect } from "./report.ts";

/** What a boot left in a guest, in the parts that two boots of one machine have in common. */
export interface Trace {
  /** Every changed path of the root file system, with type, mode, owner and content. */
  readonly files: Readonly<Record<string, string>>;
  /** The lines that the owner's commands wrote, in their order. */
  readonly commands: string;
  /** What cloud-init said of itself. */
  readonly cloudInit: string;
  /** Units that failed, and the mounts and processes that a sidecar could have added. */
  readonly system: string;
}

/** Takes the trace of a guest that has finished its boot. */
export async function takeTrace(shell: GuestShell): Promise<Trace> {
  const manifest = await Deno.readTextFile(repositoryPath("tests/guest/checks/manifest.py"));
  return {
    files: await shell.python(manifest, []) as Record<string, string>,
    commands: await shell.output("cat /etc/owner/log"),
    cloudInit: await shell.output(
      "cat /run/cloud-init/result.json; grep -h WARNING /var/log/cloud-init.log | sed 's/.*WARNING/WARNING/' || true",
    ),
    system: await shell.output(
      "systemctl --failed --plain --no-legend 2>/dev/null; grep virtiofs /proc/mounts; ls -d /run/*aws* /run/*irsa* /aws* 2>/dev/null; systemctl show-environment 2>/dev/null | grep AWS; true",
    ),
  };
}

/**
 * Compares a boot with one that no sidecar took part in.
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
  const commands = without.commands.trim().split("\n").length;
  return `the same ${
    Object.keys(without.files).length
  } changed paths, the same ${commands} commands`;
}

function withoutNames(entry: string | undefined, names: readonly string[]): string | undefined {
  return entry?.split(" ").filter((word) => !names.includes(`/${word}`)).join(" ");
}

import type { GuestShell } from "./guest_shell.ts";
import { waitFor } from "./process.ts";
import { expect } from "./report.ts";

const ENTRIES = "/sys/firmware/dmi/entries/11-*/raw";

/**
 * The strings of the domain are root's alone in the guest.
 *
 * @returns the evidence in words
 * @throws if an unprivileged user can read one, or the guest does not have them.
 */
export async function stringsAreRoots(shell: GuestShell): Promise<string> {
  const read = `cat ${ENTRIES} /sys/firmware/dmi/tables/DMI /run/credentials/@system/*`;
  const root = await shell.sh(`${read} | grep -ac eks-irsa-sidecar:gzip=`);
  expect(Number(root.stdout) > 0, `root does not find the strings: ${root.stdout}${root.stderr}`);
  const user = await shell.sh(`su app -c '${read}'`);
  expect(user.stdout === "", `app reads ${user.stdout.length} bytes of them`);
  const refused = user.stderr.trim().split("\n");
  expect(
    refused.length > 2 && refused.every((line) => /Permission denied$/.test(line)),
    `app is told: ${user.stderr}`,
  );
  return `root reads them; app: ${refused[0]}`;
}

/**
 * One block in /etc/environment and one mount of the share, whatever brought the role.
 *
 * @returns the evidence in words
 */
export async function onlyOnce(shell: GuestShell): Promise<string> {
  const blocks = await shell.output("grep -c 'BEGIN eks-irsa-sidecar' /etc/environment");
  const mounts = await shell.output("grep -c ' virtiofs ' /proc/mounts");
  expect(
    blocks.trim() === "1" && mounts.trim() === "1",
    `there are ${blocks.trim()} blocks and ${mounts.trim()} mounts`,
  );
  return "one block, one mount";
}

/** How often /etc/environment of a guest has the sidecar's block. */
const countBlocks = "grep -c 'BEGIN eks-irsa-sidecar' /etc/environment || true";

/**
 * Ends the refresher by force and by systemd: neither is a shutdown, so the variables stay.
 *
 * @returns the evidence in words
 */
export async function variablesOutliveTheRefresher(shell: GuestShell): Promise<string> {
  const pid = async () => (await shell.output("systemctl show -P MainPID aws-iam-token")).trim();
  const started: string[] = [];
  for (
    const end of [
      "systemctl restart aws-iam-token",
      "kill -9 $(systemctl show -P MainPID aws-iam-token)",
    ]
  ) {
    const before = await pid();
    await shell.output(end);
    started.push(
      await waitFor("refresher that was started again", 60, async () => {
        const now = await pid();
        return now === before || now === "0" ? undefined : now;
      }),
    );
    const blocks = (await shell.output(countBlocks)).trim();
    expect(blocks === "1", `/etc/environment has ${blocks} blocks after: ${end}`);
  }
  return `restarted and killed, it runs as ${started.join(", then as ")}, and the block is there`;
}

/**
 * What a shutdown in order has left of the role on the guest's disk.
 *
 * @param environment the disk's /etc/environment
 * @returns the evidence in words
 */
export function takenBack(environment: string): string {
  expect(!environment.includes("AWS_"), `/etc/environment still has: ${environment}`);
  expect(
    environment.includes('GUEST_OWN_LINE="kept as it was"\n'),
    `the guest's own line is gone from /etc/environment: ${environment}`,
  );
  return "/etc/environment on the disk has the owner's lines alone";
}

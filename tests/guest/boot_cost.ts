import type { GuestShell } from "./guest_shell.ts";

/**
 * How long the sidecar's boothook took in this boot, in seconds, from cloud-init's own log: the time
 * between the line that names the command and the next line that cloud-init wrote.
 */
export async function boothookSeconds(shell: GuestShell): Promise<number> {
  const lines = (await shell.output("cat /var/log/cloud-init.log")).split("\n");
  const start = lines.findLastIndex((line) =>
    /Running command \['[^']*boothooks\/[^']*eks-irsa-sidecar/.test(line)
  );
  const [from, to] = [stamp(lines[start]), stamp(lines[start + 1])];
  if (from === undefined || to === undefined) {
    throw new Error("cloud-init's log does not show that the boothook ran");
  }
  return (to - from) / 1_000;
}

/** "2026-08-01 12:00:00,123 - …" in milliseconds. */
function stamp(line: string | undefined): number | undefined {
  const found = line?.match(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3})/);
  return found ? Date.parse(`${found[1]}T${found[2]}.${found[3]}Z`) : undefined;
}

import type { GuestShell } from "./guest_shell.ts";
import { expect } from "./report.ts";

/** What the sidecar may leave on the guest's disk, beside its block in /etc/environment. */
export const SIDECAR_ADDS: readonly string[] = ["/aws-iam-token"];

/**
 * Looks for a role that the guest should not have any more: in files, in systemd, in processes.
 *
 * @returns the evidence in words
 * @throws if it is found. cloud-init's own copies of user data that it was given do not count.
 */
export async function forgotten(shell: GuestShell, role: string): Promise<string> {
  const { stdout } = await shell.sh(`
    grep -rlsF '${role}' /etc /root /home /usr/local /aws-iam-token /run \\
      --exclude-dir=cloud-init --exclude-dir=rig --exclude-dir=log --exclude-dir=journal
    systemctl show-environment 2>/dev/null | grep -F '${role}'
    grep -lsF '${role}' /proc/[0-9]*/environ
    true`);
  expect(stdout.trim() === "", `${role} is still in: ${stdout.trim()}`);
  const blocks = await shell.output("grep -c 'BEGIN eks-irsa-sidecar' /etc/environment || true");
  expect(Number(blocks) <= 1, `/etc/environment has ${blocks.trim()} blocks of the sidecar`);
  const own = await shell.output("grep GUEST_OWN_LINE /etc/environment");
  expect(own.includes("kept as it was"), "the guest's own line is gone from /etc/environment");
  return `${role} is in no file below /etc, /root, /home, /run, in no process and not in systemd`;
}

/**
 * Looks for variables that the guest should not have: in its files, in new sessions and services, in systemd, in
 * processes.
 *
 * @returns the evidence in words
 * @throws with the lines that were found, if there are any.
 */
export async function noVariables(shell: GuestShell, names: readonly string[]): Promise<string> {
  const { stdout } = await shell.sh(`{
    cat /etc/environment /etc/profile.d/* /etc/environment.d/* 2>/dev/null
    su - app -c 'env; systemctl --user show-environment'
    systemd-run --quiet --wait --pipe --uid=app env
    systemctl show-environment
    cat /proc/[0-9]*/environ | tr '\\0' '\\n'
  } | grep -aE '(^|[^A-Z_])(${names.join("|")})='`);
  expect(stdout === "", `the guest still has: ${stdout}`);
  return `no ${names.join(", no ")} anywhere`;
}

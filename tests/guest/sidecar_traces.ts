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

/** Where the guest has variables, and the command that prints them. */
const VARIABLES = {
  "/etc/environment": "cat /etc/environment",
  "a login session": "su - app -c env",
  "the user's systemd": "su - app -c 'systemctl --user show-environment'",
  "a service": "systemd-run --quiet --wait --pipe --uid=app env",
  "systemd": "systemctl show-environment",
  "the processes": "cat /proc/[0-9]*/environ | tr '\\0' '\\n'",
};

/**
 * Looks for variables that the guest should not have. It has to have others of the sidecar.
 *
 * @returns the evidence in words
 * @throws if one is found, or the sidecar's others are not.
 */
export async function noVariables(shell: GuestShell, names: readonly string[]): Promise<string> {
  const commands = Object.values(VARIABLES).map((command) => `${command} | grep -a AWS_; echo`);
  const printed = (await shell.output(commands.join("\n"))).split("\n\n");
  for (const [index, place] of Object.keys(VARIABLES).entries()) {
    const lines = printed[index] ?? "";
    expect(lines.includes("AWS_REGION="), `${place}: no AWS_REGION in: ${lines}`);
    const stale = names.filter((name) => lines.includes(`${name}=`));
    expect(stale.length === 0, `${place}: still ${stale.join(", ")}`);
  }
  return `${names.join(", ")} in none of ${Object.keys(VARIABLES).join(", ")}`;
}

import type { GuestShell } from "./guest_shell.ts";

const OF_THE_MACHINE = ["console.log", "domain.xml", "sidecar.log", "virtiofsd.log"];

const OF_THE_GUEST: Readonly<Record<string, string>> = {
  "cloud-init.log": "cat /var/log/cloud-init.log",
  "cloud-init-output.log": "cat /var/log/cloud-init-output.log",
  "environment": "cat /etc/environment",
  "journal.txt": "journalctl --no-pager || cat /var/log/syslog",
  "sts.log": "cat /run/rig/sts.log",
};

/**
 * Keeps what explains a failure, as far as it can be had: the guest may be what is broken.
 *
 * @param folder the machine's
 * @param shell of the guest, if it runs
 * @param kept the folder for the copies
 */
export async function keepLogs(
  folder: string,
  machineLog: string,
  shell: GuestShell | undefined,
  kept: string,
): Promise<void> {
  await Deno.mkdir(kept, { recursive: true });
  for (const name of OF_THE_MACHINE) {
    await Deno.copyFile(`${folder}/${name}`, `${kept}/${name}`).catch(() => {});
  }
  await Deno.copyFile(machineLog, `${kept}/qemu.log`).catch(() => {});
  for (const [name, script] of Object.entries(OF_THE_GUEST)) {
    const output = await shell?.output(script, 30).catch(() => undefined);
    if (output !== undefined) await Deno.writeTextFile(`${kept}/${name}`, output);
  }
}

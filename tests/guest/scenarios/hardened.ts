import { roleArn, smallClient } from "../identity.ts";
import { waitFor } from "../process.ts";
import { expect } from "../report.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";

const ROLE = roleArn("vm-hardened");

/** There is no such folder: the refresher's unit finds no program in its PATH, as on NixOS. */
const BARE_PATH = "/opt/rig/no-programs";
const DROP_IN = new TextEncoder().encode(`[Service]\nEnvironment=PATH=${BARE_PATH}\n`).toBase64();

const USER_DATA = `#cloud-config
bootcmd:
  - mkdir -p /etc/owner
  - env | grep ^AWS_ROLE_ARN= >/etc/owner/bootcmd.variables
`;

// systemd.mount-extra is of release 254, and the credential for a drop-in of release 256: systemd.system(7)
// and systemd-debug-generator(8).
const KERNEL_WORDS = [
  "systemd.mount-extra=/var:/var:none:bind,noexec",
  `systemd.set_credential_binary=systemd.unit-dropin.aws-iam-token.service:${DROP_IN}`,
];

/** A guest where no file below /var can be executed, and whose refresher is started with a bare PATH. */
export const hardened: Scenario = {
  name: "hardened",
  about: "/var noexec, a unit whose PATH has no programs, a kernel without virtiofs",
  guests: ["debian13"],
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    const spec = {
      name: "vm",
      uuid: "5ca1ab1e-0000-4000-8000-000000000101",
      dataSource: "noCloud",
      userData: USER_DATA,
    } as const;
    await withMachine(context, "hardened", spec, "owned", async (machine) => {
      const { shell } = await boot(context, machine, 1, "boot with /var noexec and a bare PATH", {
        role: ROLE,
        kernelWords: KERNEL_WORDS,
      });
      await check(1, "the part handler has had the boothook run", async () => {
        const options = (await shell.output("findmnt --noheadings --output OPTIONS /var")).trim();
        expect(options.split(",").includes("noexec"), `/var is mounted ${options}`);
        const log = await shell.output("grep aws-iam-token /var/log/cloud-init-output.log");
        expect(/has left nothing .*: \/bin\/sh runs it\./.test(log), `its log says: ${log}`);
        return `/var is mounted ${options}: "${log.trim()}"`;
      });
      await check(1, "a login shell of the hardened guest", () => smallClient(shell, ROLE));
      await check(1, "bootcmd of the hardened guest", async () => {
        const variables = (await shell.output("cat /etc/owner/bootcmd.variables")).trim();
        expect(variables === `AWS_ROLE_ARN=${ROLE}`, `bootcmd has: ${variables}`);
        return variables;
      });
      await check(3, "a new token by a service with a bare PATH", async () => {
        const environment = await shell.output(
          "tr '\\0' '\\n' </proc/$(systemctl show -P MainPID aws-iam-token)/environ",
        );
        expect(
          environment.split("\n").includes(`PATH=${BARE_PATH}`),
          `systemd has started the service with: ${environment}`,
        );
        const day = await machine.rotate();
        const rotated = Date.now();
        await shell.output(`echo ${day} >/run/rig/today`);
        await waitFor("new token", 90, async () => {
          // The link itself cannot be followed: its owner is not root.
          const same =
            "cd /aws-iam-token && cmp -s $(readlink ..data)/token /run/aws-iam-token/token";
          return (await shell.sh(same)).code === 0 ? true : undefined;
        });
        const seconds = ((Date.now() - rotated) / 1_000).toFixed(0);
        return `after ${seconds} s; ${await smallClient(shell, ROLE)}`;
      });
      await check(3, "the service has not ended, and says little", async () => {
        const restarts = (await shell.output("systemctl show -P NRestarts aws-iam-token")).trim();
        expect(restarts === "0", `systemd has started it again ${restarts} times`);
        const limit = (await shell.output("systemctl show -P StartLimitIntervalUSec aws-iam-token"))
          .trim();
        expect(limit === "0", `its starts are limited by an interval of ${limit}`);
        const log = (await shell.output("journalctl --no-pager -o cat -t aws-iam-token")).trim();
        expect(/^The web identity token is published at \S+\.$/.test(log), `it has said: ${log}`);
        return `"${log}", once`;
      });
      await machine.pullPlug();

      const second = await boot(context, machine, 5, "boot with a kernel without virtiofs", {
        role: ROLE,
        kernelWords: ["initcall_blacklist=virtio_fs_init"],
      });
      await check(5, "the log tells such a kernel from a missing device", async () => {
        const log = await second.shell.output("journalctl --no-pager -o cat -t aws-iam-token");
        expect(
          /This guest's kernel has no virtiofs.* mount says: mount: .*virtiofs/.test(log),
          `it says: ${log}`,
        );
        return `"${log.trim()}"`;
      });
      await machine.pullPlug();
    });
  },
};

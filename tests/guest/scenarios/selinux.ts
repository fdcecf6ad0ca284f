import type { GuestShell } from "../guest_shell.ts";
import { roleArn, smallClient } from "../identity.ts";
import type { Machine } from "../machine.ts";
import { waitFor } from "../process.ts";
import { expect } from "../report.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";

const USER_DATA = `#cloud-config
write_files:
  - path: /etc/owner/selinux.conf
    content: "of the owner\\n"
`;

const TOKEN = "/run/aws-iam-token/token";

/** A guest whose SELinux is enforcing, with a client in the domain of a web server. */
export const selinux: Scenario = {
  name: "selinux",
  about: "SELinux is enforcing, and a confined service reads the token",
  guests: ["debian13"],
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    const spec = {
      name: "vm",
      disk: "selinux",
      uuid: "5ca1ab1e-0000-4000-8000-000000000103",
      dataSource: "noCloud",
      userData: USER_DATA,
    } as const;
    await withMachine(context, "selinux", spec, "owned", async (machine) => {
      for (const delivery of ["cloud-init", "domain"] as const) {
        const role = roleArn(`vm-selinux-by-${delivery}`);
        const { shell } = await boot(context, machine, 10, `boot, the role by ${delivery}`, {
          role,
          sidecarArgs: ["--delivery", delivery],

          kernelWords: ["security=selinux", "selinux=1", "enforcing=1"],
        });
        const what = (words: string) => `${words}, by ${delivery}`;
        await check(10, what("identity"), () => smallClient(shell, role));
        await check(10, what("a confined service"), () => confinedService(shell));
        await check(10, what("a confined service after a rotation"), async () => {
          await replaceToken(machine, shell);
          return `${await confinedService(shell)}; ${await smallClient(shell, role)}`;
        });
        await machine.shutDown();
        await machine.rotate();
      }
    });
  },
};

/** Gives the pod a new token, and waits until it is the published one. */
async function replaceToken(machine: Machine, shell: GuestShell): Promise<void> {
  const inode = () => shell.output(`stat -c %i ${TOKEN}`);
  const before = await inode();
  const day = await machine.rotate();
  await shell.output(`echo ${day} >/run/rig/today`);
  await waitFor("new token", 90, async () => await inode() === before ? undefined : true);
}

/** Lets systemd start `cat` in the domain of a web server, which may not read everything. */
async function confinedService(shell: GuestShell): Promise<string> {
  const mode = (await shell.output("getenforce")).trim();
  expect(mode === "Enforcing", `SELinux is ${mode}`);
  const label = (await shell.output(`stat -c %C ${TOKEN}`)).trim();
  expect(label.split(":")[2] === "cert_t", `the token's label is ${label}`);
  const cat = (path: string) =>
    shell.sh(`systemd-run --quiet --wait --pipe --uid=app /opt/rig/httpd-cat ${path}`);
  const domain = await cat("/proc/self/attr/current");
  expect(/:httpd_t:/.test(domain.stdout), `it runs as ${domain.stdout}${domain.stderr}`);
  const copied = await shell.output(
    `install -m 644 ${TOKEN} /run/rig/copy && chcon -t initrc_runtime_t /run/rig/copy && cat ${TOKEN}`,
  );
  const elsewhere = await cat("/run/rig/copy");
  expect(/Permission denied/.test(elsewhere.stderr), `it reads a copy: ${elsewhere.stdout}`);
  const token = await cat(TOKEN);
  expect(token.stdout === copied, `it cannot read the token: ${token.stderr}`);
  return `httpd_t reads the ${token.stdout.length} bytes of ${label}, and no copy elsewhere in /run`;
}

import { plainTrace } from "../baseline.ts";
import { bootCost } from "../boot_cost.ts";
import { compareTraces, sameDevices, takeTrace } from "../comparison.ts";
import { stringsAreRoots, takenBack, variablesOutliveTheRefresher } from "../domain_delivery.ts";
import {
  bootService,
  boto3,
  loginShell,
  newService,
  noCredentials,
  roleArn,
  smallClient,
  userManager,
} from "../identity.ts";
import { expect } from "../report.ts";
import { rotation } from "../rotation.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";
import { forgotten, SIDECAR_ADDS } from "../sidecar_traces.ts";
import type { MachineSpec } from "../vmi.ts";

const ROLE = roleArn("vm-first-by-domain");
const NEXT_ROLE = roleArn("vm-second-by-domain");

const IGNITION = JSON.stringify({
  ignition: { version: "3.4.0" },
  passwd: { users: [{ name: "core", sshAuthorizedKeys: ["ssh-ed25519 AAAA owner@example"] }] },
});

/** A guest that has no cloud-init: first a VM without such a volume, then one with Ignition's user data. */
export const noCloudInit: Scenario = {
  name: "no-cloud-init",
  about: "the role by the domain, another role, and then none",
  guests: ["debian12", "debian13"],
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    const spec: MachineSpec = {
      name: "vm",
      disk: "without-cloud-init",
      uuid: `5ca1ab1e-0000-4000-8000-00000000020${guest.name === "debian12" ? 0 : 1}`,
      dataSource: "none",
      userData: "",
    };
    const options = { withoutCloudInit: true };
    // The other guest's disk would tell the same.
    const plain = guest.name === "debian13"
      ? await plainTrace(context, "no-cloud-init", spec, options)
      : undefined;
    await withMachine(context, "no-cloud-init", spec, "owned", async (machine) => {
      const first = await boot(context, machine, 9, "boot without a cloud-init volume", {
        ...options,
        role: ROLE,
        // virt-launcher crashes if it has to call PreCloudInitIso for such a VM.
        sidecarArgs: ["--hooks", "onDefineDomain"],
      });
      await bootCost(context, "the domain", first, "domain");
      const { shell } = first;
      if (plain !== undefined) {
        const trace = await takeTrace(shell);
        await check(9, "what is on the disk", () => compareTraces(trace, plain, SIDECAR_ADDS));
        await check(9, "devices", () => sameDevices(trace, plain));
      }
      await check(9, "no cloud-init, and its systemd", async () => {
        const found = await shell.sh("command -v cloud-init || ls -d /run/cloud-init");
        expect(found.code !== 0 && found.stdout === "", `it has: ${found.stdout}`);
        return (await shell.output("systemctl --version")).split("\n")[0] ?? "";
      });
      await check(9, "login shell", () => loginShell(shell, ROLE));
      await check(9, "service started later", () => newService(shell, ROLE));
      await check(9, "service of the user's own manager", () => userManager(shell, ROLE));
      await check(9, "the strings are root's alone", () => stringsAreRoots(shell));
      await check(
        9,
        "the variables outlive the refresher",
        () => variablesOutliveTheRefresher(shell),
      );
      await check(
        9,
        "replaced while two users read it",
        () => rotation(machine, shell, ["app", "stranger"]),
      );
      await check(9, "identity with the new token", () => smallClient(shell, ROLE));
      await machine.shutDown();

      await machine.rotate();
      machine.spec = { ...spec, dataSource: "configDrive", userData: IGNITION };
      // Debian 12 starts from the other program's initial RAM disk, which has a systemd of its own.
      const dracut = guest.name === "debian12";
      const second = await boot(
        context,
        machine,
        9,
        `another role, Ignition, ${dracut ? "dracut" : "UEFI"}`,
        {
          ...options,
          role: NEXT_ROLE,
          kernelWords: ["rig.app"],
          ...(dracut ? { initrd: "dracut" } : { uefi: true }),
        },
      );
      await check(9, "how it has started", async () => {
        const how = dracut
          // 0 where the initial RAM disk had no systemd.
          ? "systemctl show -p InitRDTimestampMonotonic | grep -v '=0$'"
          : "test -d /sys/firmware/efi && echo by UEFI";
        return (await second.shell.output(how)).trim();
      });
      await check(
        9,
        "service of multi-user.target",
        () => bootService(second.shell, guest, NEXT_ROLE),
      );
      await check(9, "the new role", () => boto3(second.shell, NEXT_ROLE));
      await check(9, "nothing of the old role", () => forgotten(second.shell, ROLE));
      await check(9, "Ignition's user data is untouched", async () => {
        const read = "mkdir -p /run/rig/disk && mount -o ro LABEL=config-2 /run/rig/disk && " +
          "cat /run/rig/disk/openstack/latest/user_data && umount /run/rig/disk";
        const onDisk = await second.shell.output(read);
        expect(onDisk === IGNITION, `the disk has: ${onDisk}`);
        return `${onDisk.length} bytes, as the owner wrote them`;
      });
      await machine.shutDown();
      await check(
        9,
        "the variables are gone after the shutdown",
        async () => takenBack(await machine.readOffline("/etc/environment")),
      );
      // The systemd of Debian 12 would start in the same way.
      if (guest.name === "debian12") return;

      const third = await boot(context, machine, 9, "boot with the role taken away", options);
      await check(9, "nothing of either role", async () => {
        await forgotten(third.shell, ROLE);
        await forgotten(third.shell, NEXT_ROLE);
        const result = await third.shell.sh("test ! -e /run/aws-iam-token");
        expect(result.code === 0, "/run/aws-iam-token is there");
        return `no variables, no token, and ${await noCredentials(third.shell)}`;
      });
      await machine.pullPlug();
    });
  },
};

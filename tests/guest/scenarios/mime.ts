import { baseline } from "../baseline.ts";
import { bootCost } from "../boot_cost.ts";
import { compareTraces, sameDevices, takeTrace } from "../comparison.ts";
import { boto3, noCredentials, roleArn, smallClient } from "../identity.ts";
import { expect } from "../report.ts";
import {
  boot,
  machineSpec,
  type Scenario,
  type ScenarioContext,
  withMachine,
} from "../scenario.ts";
import { forgotten, SIDECAR_ADDS } from "../sidecar_traces.ts";

const ROLE = roleArn("vm-first");
const NEXT_ROLE = roleArn("vm-second");

/** A MIME message on a ConfigDrive, which cloud-init caches; the older token folder. */
export const mime: Scenario = {
  name: "mime",
  about: "the older token folder, another role and then none on ConfigDrive",
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const spec = await machineSpec(guest, "mime", "configDrive");
    const plain = await baseline(context, "mime", spec);
    await withMachine(context, "mime", spec, "root", async (machine) => {
      const check = report.check.bind(report, guest);
      const first = await boot(context, machine, 5, "boot with an older token folder", {
        role: ROLE,
      });
      await bootCost(context, "first boot, ConfigDrive", first);
      await check(5, "identity from an older token folder", () => smallClient(first.shell, ROLE));
      const trace = await takeTrace(first.shell);
      await check(
        2,
        "MIME message of three parts on ConfigDrive",
        () => compareTraces(trace, plain, SIDECAR_ADDS),
      );
      await check(2, "devices on ConfigDrive", () => sameDevices(trace, plain));
      await machine.shutDown();

      await machine.rotate();
      const second = await boot(context, machine, 4, "boot with another role on ConfigDrive", {
        role: NEXT_ROLE,
      });
      await bootCost(context, "second boot, ConfigDrive", second);
      await check(4, "the new role on ConfigDrive", () => boto3(second.shell, NEXT_ROLE));
      await check(4, "nothing of the old role on ConfigDrive", () => forgotten(second.shell, ROLE));
      await check(4, "the owner's own part ran again on ConfigDrive", async () => {
        const log = await second.shell.output("cat /etc/owner/log");
        const times = (word: string) =>
          log.split("\n").filter((line) => line.startsWith(word)).length;
        const [boothook, runcmd, script] = ["boothook", "runcmd", "script"].map(times);
        expect(
          boothook === 2 && runcmd === 1 && script === 1,
          `the owner's boothook should have run twice, runcmd and script once, but they wrote: ${log}`,
        );
        return "their boothook twice, their runcmd and script once";
      });
      await machine.shutDown();

      const third = await boot(context, machine, 4, "boot with the role taken away", {});
      await check(4, "nothing of either role after it was removed", async () => {
        await forgotten(third.shell, ROLE);
        await forgotten(third.shell, NEXT_ROLE);
        const result = await third.shell.sh("test ! -e /run/aws-iam-token");
        expect(result.code === 0, "/run/aws-iam-token is still there");
        return `no variables, no token, and ${await noCredentials(third.shell)}`;
      });
      await machine.shutDown();
    });
  },
};

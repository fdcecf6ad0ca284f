import { baseline } from "../baseline.ts";
import { bootCost } from "../boot_cost.ts";
import { compareTraces, sameDevices, takeTrace } from "../comparison.ts";
import { takenBack } from "../domain_delivery.ts";
import {
  bootService,
  boto3,
  cronResult,
  loginShell,
  newService,
  roleArn,
  runcmd,
  runcmdWithout,
  smallClient,
  startCron,
  userManager,
} from "../identity.ts";
import { rotation } from "../rotation.ts";
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

/** A cloud-config on NoCloud; the token's folder as in Kubernetes 1.36. */
export const cloudConfig: Scenario = {
  name: "cloud-config",
  about: "the AWS CLI everywhere, rotation, another role on NoCloud",
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const spec = await machineSpec(guest, "cloud-config", "noCloud");
    const plain = await baseline(context, "cloud-config", spec);
    await withMachine(context, "cloud-config", spec, "owned", async (machine) => {
      const what = "boot with a token folder of Kubernetes 1.36";
      const first = await boot(context, machine, 5, what, { role: ROLE, kernelWords: ["rig.app"] });
      await bootCost(context, "first boot, NoCloud", first);
      const { shell } = first;
      const check = report.check.bind(report, guest);
      const trace = await takeTrace(shell);
      await check(
        2,
        "cloud-config on NoCloud",
        () => compareTraces(trace, plain, SIDECAR_ADDS),
      );
      await check(2, "devices on NoCloud", () => sameDevices(trace, plain));
      await startCron(shell);
      await check(1, "runcmd of the user data", () => runcmd(shell, guest, ROLE));
      if (guest.init === "sysvinit") {
        await report.limit(guest, 1, "runcmd's own variables", () => runcmdWithout(shell, ROLE));
      }
      await check(1, "service", () => bootService(shell, guest, ROLE));
      await check(1, "login shell", () => loginShell(shell, ROLE));
      await check(1, "login shell, SDK", () => boto3(shell, ROLE));
      if (guest.init === "systemd") {
        await check(1, "service started later", () => newService(shell, ROLE));
        await check(1, "service of the user's own manager", () => userManager(shell, ROLE));
      }
      await check(
        3,
        "replaced while two users read it",
        () => rotation(machine, shell, ["app", "stranger"]),
      );
      await check(3, "identity with the new token", () => smallClient(shell, ROLE));
      await check(1, "cron", () => cronResult(shell, ROLE));
      await machine.shutDown();

      await machine.rotate();
      const second = await boot(context, machine, 4, "boot with another role on NoCloud", {
        role: NEXT_ROLE,
      });
      await bootCost(context, "second boot, NoCloud", second);
      await check(4, "the new role on NoCloud", () => smallClient(second.shell, NEXT_ROLE));
      await check(4, "nothing of the old role on NoCloud", () => forgotten(second.shell, ROLE));
      await machine.shutDown();
      if (guest.init === "systemd") {
        await check(
          4,
          "the variables are gone after the shutdown",
          async () => takenBack(await machine.readOffline("/etc/environment")),
        );
      }
    });
  },
};

import { bootCost } from "../boot_cost.ts";
import { onlyOnce } from "../domain_delivery.ts";
import { loginShell, roleArn, smallClient } from "../identity.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";
import { forgotten } from "../sidecar_traces.ts";

const ROLE = roleArn("vm-first-of-both");
const NEXT_ROLE = roleArn("vm-second-of-both");

const USER_DATA = `#cloud-config
write_files:
  - path: /etc/owner/both.conf
    content: "of the owner\\n"
`;

/** A guest whose owner switches cloud-init off after its first boot. */
export const bothDeliveries: Scenario = {
  name: "both-deliveries",
  about: "cloud-init is switched off after the first boot",
  guests: ["debian13"],
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    const spec = {
      name: "vm",
      uuid: "5ca1ab1e-0000-4000-8000-000000000102",
      dataSource: "noCloud",
      userData: USER_DATA,
    } as const;
    await withMachine(context, "both-deliveries", spec, "owned", async (machine) => {
      const first = await boot(context, machine, 9, "boot with both deliveries", {
        role: ROLE,
      });
      await bootCost(context, "both deliveries, cloud-init", first);
      await check(9, "the role by cloud-init", () => smallClient(first.shell, ROLE));
      await check(9, "one delivery beside the other", () => onlyOnce(first.shell));
      await first.shell.output("touch /etc/cloud/cloud-init.disabled");
      await machine.shutDown();

      await machine.rotate();
      const second = await boot(context, machine, 9, "boot with cloud-init switched off", {
        role: NEXT_ROLE,
        withoutCloudInit: true,
      });
      await bootCost(context, "both deliveries, without cloud-init", second, "domain");
      await check(9, "the new role by the domain", () => loginShell(second.shell, NEXT_ROLE));
      await check(9, "nothing of the role before", () => forgotten(second.shell, ROLE));
      await check(
        9,
        "cloud-init was off",
        async () =>
          (await second.shell.output("test ! -e /run/cloud-init/enabled && ls /run/cloud-init"))
            .trim().replaceAll("\n", ", "),
      );
      await machine.pullPlug();
    });
  },
};

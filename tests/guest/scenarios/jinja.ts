import { baseline } from "../baseline.ts";
import { bootCost } from "../boot_cost.ts";
import { compareTraces, takeTrace } from "../comparison.ts";
import { asApp, roleArn, smallClient } from "../identity.ts";
import { expect } from "../report.ts";
import { rotation } from "../rotation.ts";
import {
  boot,
  machineSpec,
  type Scenario,
  type ScenarioContext,
  withMachine,
} from "../scenario.ts";
import { SIDECAR_ADDS } from "../sidecar_traces.ts";

const ROLE = roleArn("vm-group");

/** A jinja template on a ConfigDrive; only one group may read the token. */
export const jinja: Scenario = {
  name: "jinja",
  about: "--token-readers group:NAME",
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const spec = await machineSpec(guest, "jinja", "configDrive");
    const plain = await baseline(context, "jinja", spec);
    await withMachine(context, "jinja", spec, "owned", async (machine) => {
      const check = report.check.bind(report, guest);
      const booted = await boot(context, machine, 1, "boot with --token-readers group:NAME", {
        role: ROLE,
        sidecarArgs: ["--token-readers", "group:token-readers"],
      });
      await bootCost(context, "token for a group", booted);
      const { shell } = booted;
      await check(1, "a member of the chosen group", () => smallClient(shell, ROLE));
      await check(1, "other users cannot read the token", async () => {
        const path = "/run/aws-iam-token/token";
        const { stdout, stderr } = await shell.sh(
          asApp("/opt/rig/whoami.py").replace("su - app", "su - stranger"),
        );
        expect(/Permission denied/.test(stdout + stderr), `stranger got: ${stdout}${stderr}`);
        return (await shell.output(`stat -c '%A %U:%G %n' ${path}`)).trim();
      });
      await check(1, "only root can enter the share's folder", async () => {
        const share = (await shell.output("findmnt --noheadings --types virtiofs --output TARGET"))
          .trim();
        // In the share, user and group 107 can read the token, which may exist in the guest.
        const { stdout, stderr } = await shell.sh(
          `setpriv --reuid 107 --regid 107 --clear-groups cat ${share}/..data/token`,
        );
        expect(/Permission denied/.test(stderr), `107 got ${stdout.length} bytes, and ${stderr}`);
        return share;
      });
      await check(
        2,
        "jinja template on ConfigDrive",
        async () => compareTraces(await takeTrace(shell), plain, SIDECAR_ADDS),
      );
      await check(
        3,
        "replaced while one of the group reads it",
        () => rotation(machine, shell, ["app"]),
      );
      await check(3, "identity of the group with the new token", () => smallClient(shell, ROLE));
      await machine.shutDown();
    });
  },
};

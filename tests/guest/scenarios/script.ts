import { baseline } from "../baseline.ts";
import { bootCost } from "../boot_cost.ts";
import { compareTraces, takeTrace } from "../comparison.ts";
import { boto3, roleArn } from "../identity.ts";
import { expect } from "../report.ts";
import {
  boot,
  machineSpec,
  type Scenario,
  type ScenarioContext,
  withMachine,
} from "../scenario.ts";
import { SIDECAR_ADDS } from "../sidecar_traces.ts";

const ROLE = roleArn("vm-containerpath");
const VOLUME = "serviceaccount-token";

/** A shell script; the token's folder is a containerPath volume, which KubeVirt itself shares. */
export const script: Scenario = {
  name: "script",
  about: "a containerPath volume instead of the webhook",
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const spec = await machineSpec(guest, "script", "noCloud");
    const plain = await baseline(context, "script", spec);
    const shared = { ...spec, containerPath: VOLUME };
    await withMachine(context, "script", shared, "owned", async (machine) => {
      const check = report.check.bind(report, guest);
      const booted = await boot(context, machine, 7, "boot with a containerPath volume", {
        role: ROLE,
      });
      await bootCost(context, "containerPath", booted);
      await check(7, "no second device", () => {
        const devices = booted.domain.returned.match(/<filesystem\b/g)?.length;
        expect(devices === 1, `the returned domain has ${devices} filesystems, KubeVirt gave one`);
        return "the domain has KubeVirt's one filesystem";
      });
      await check(7, "mounted by the volume's tag", async () => {
        const mounts = await booted.shell.output("grep virtiofs /proc/mounts");
        expect(mounts.startsWith(`${VOLUME} `), `mounted is: ${mounts}`);
        return mounts.trim();
      });
      await check(7, "identity", () => boto3(booted.shell, ROLE));
      await check(
        2,
        "shell script on NoCloud",
        async () => compareTraces(await takeTrace(booted.shell), plain, SIDECAR_ADDS),
      );
      await machine.shutDown();
    });
  },
};

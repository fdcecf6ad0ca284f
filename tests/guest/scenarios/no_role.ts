import { startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { baseline } from "../baseline.ts";
import { compareTraces, sameDevices, takeTrace } from "../comparison.ts";
import { expect } from "../report.ts";
import {
  boot,
  machineSpec,
  type Scenario,
  type ScenarioContext,
  withMachine,
} from "../scenario.ts";
import { USER_DATA_NAMES } from "../user_data.ts";
import { cloudInitData, virtualMachineInstance } from "../vmi.ts";

/** A VM whose service account has no role. */
export const noRole: Scenario = {
  name: "no-role",
  about: "a VM whose service account has no role",
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    for (const name of USER_DATA_NAMES) {
      await check(6, `${name} is returned unchanged`, async () => {
        const spec = await machineSpec(guest, name, name === "mime" ? "configDrive" : "noCloud");
        await using sidecar = await startSidecar({
          args: ["--hooks", "onDefineDomain,preCloudInitIso"],
          env: { CONTAINER_NAME: "hook-sidecar-0" },
        });
        const given = cloudInitData(spec);
        const returned = await new VirtLauncher(sidecar.socket).preCloudInitIso({
          vmi: virtualMachineInstance(spec),
          cloudInitData: given,
        });
        expect(JSON.stringify(returned) === JSON.stringify(given), "the data differs");
        return "every field, even when the hook is called";
      });
    }
    const spec = await machineSpec(guest, "cloud-config", "noCloud");
    const plain = await baseline(context, "cloud-config", spec);
    await withMachine(context, "no-role", spec, "owned", async (machine) => {
      const booted = await boot(context, machine, 6, "boot without a role", {});
      await check(6, "the sidecar subscribes to no hook", () => {
        const points = booted.info?.hookPoints.map(({ name }) => name).join(" ");
        expect(points === "Shutdown", `it subscribes to ${points}`);
        expect(booted.domain.returned === booted.domain.given, "the domain differs");
        return "no hook point but Shutdown, the same domain";
      });
      await check(6, "the guest is the same", async () => {
        const trace = await takeTrace(booted.shell);
        const same = compareTraces(trace, plain, []);
        expect(
          trace.system === plain.system,
          `mounts, units, variables: ${trace.system}, without: ${plain.system}`,
        );
        sameDevices(trace, plain);
        return `${same}, the same devices, no mount, no unit, no variable`;
      });
      await machine.pullPlug();
    });
  },
};

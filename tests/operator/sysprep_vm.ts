import { virtualMachinesIn } from "../../src/operator/manifest/virtual_machine.ts";
import { sysprepScript } from "../../src/operator/manifest_plan/sysprep_script.ts";
import { spec, windows } from "./check_case.ts";
import { all, args, beside, type Edit, manifestsOf } from "./edit.ts";

/** A Windows VM with a sysprep volume and no cloud-init volume. */
export const sysprepVm: Edit = all(
  windows,
  args("--hooks", "onDefineDomain"),
  spec((s) => {
    s.volumes[2] = { name: "sysprep", sysprep: { configMap: { name: "unattend" } } };
    s.domain.devices.disks[1] = { name: "sysprep", cdrom: { bus: "sata" } };
  }),
);

/** The ConfigMap of its volume. */
export const unattend = (data: Readonly<Record<string, string>>): Edit =>
  beside({ kind: "ConfigMap", metadata: { name: "unattend", namespace: "team" }, data });

/** What the command sysprep prints for that VM. */
export function scriptFor(
  roleArn = "arn:aws:iam::111122223333:role/app",
  region = "eu-west-1",
): string {
  const manifests = manifestsOf(sysprepVm);
  const [virtualMachine] = virtualMachinesIn(manifests, ["vm.yaml"]);
  const sources = { kind: "web identity" as const, roleArn, region, tokenFile: undefined };
  const script = virtualMachine && sysprepScript(virtualMachine, sources, manifests);
  if (script?.kind !== "script") throw new Error("There is no script.");
  return script.text;
}

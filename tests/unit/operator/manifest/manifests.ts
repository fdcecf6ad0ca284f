import type { Manifest } from "../../../../src/operator/manifest/manifest.ts";
import { parseManifests } from "../../../../src/operator/manifest/parse.ts";
import {
  type VirtualMachine,
  virtualMachinesIn,
} from "../../../../src/operator/manifest/virtual_machine.ts";

/** The manifests of some objects, as if they had been read from one file. */
export function manifestsOf(...objects: readonly unknown[]): readonly Manifest[] {
  return parseManifests(objects.map((object) => JSON.stringify(object)).join("\n"), "a.json");
}

/** A VM in the namespace team with some volumes. */
export function vmWith(...volumes: readonly unknown[]): VirtualMachine {
  const [found] = virtualMachinesIn(
    manifestsOf({
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachine",
      metadata: { name: "vm", namespace: "team" },
      spec: { template: { spec: { volumes } } },
    }),
    [],
  );
  if (found === undefined) throw new Error("It is a virtual machine.");
  return found;
}

import assert from "node:assert/strict";
import { guestNames } from "../../src/operator/check/guest_names.ts";
import { all, beside, type Edit, template } from "./edit.ts";
import { checked } from "./findings.ts";

const namesOf = (edit: Edit) => checked(edit).flatMap(({ context }) => guestNames(context));
const volumes = (...list: readonly unknown[]): Edit => (fixture) => {
  template(fixture).spec.volumes = [...list];
};

Deno.test("the names that may say which guest it is", () => {
  const names = namesOf(all(
    ({ vm }) => vm.metadata.labels = { "harvesterhci.io/os": "a", other: "no" },
    volumes(
      { name: "b", containerDisk: { image: "c" } },
      { name: "d", persistentVolumeClaim: { claimName: "e" } },
      { name: "f", dataVolume: { name: "g" } },
      { name: "h", dataVolume: { name: "unknown" } },
      { name: "i", dataVolume: { name: "j" } },
      {},
    ),
    beside({
      kind: "DataVolume",
      metadata: { name: "g", labels: { "instancetype.kubevirt.io/default-preference": "k" } },
      spec: {
        source: {
          http: { url: "l" },
          registry: { imageStream: "m" },
          pvc: { name: "n", other: "no" },
        },
      },
    }),
    ({ vm }) =>
      Object.assign(vm.spec, {
        dataVolumeTemplates: [
          { metadata: { name: "other" }, spec: { sourceRef: { name: "no" } } },
          { metadata: { name: "j" }, spec: { sourceRef: { name: "o" } } },
        ],
      }),
  ));
  assert.deepEqual(names.toSorted(), [..."abcdefghijklmno", "unknown", "vm"]);
});

Deno.test("the names in the templates of a pool's virtual machines", () => {
  const names = namesOf((fixture) => {
    const { vm } = fixture;
    volumes({ name: "root", dataVolume: { name: "d" } })(fixture);
    const { template } = vm.spec;
    vm.apiVersion = "pool.kubevirt.io/v1beta1";
    vm.kind = "VirtualMachinePool";
    Object.assign(vm, {
      spec: {
        virtualMachineTemplate: {
          spec: {
            template,
            dataVolumeTemplates: [{
              metadata: { name: "d" },
              spec: { source: { http: { url: "https://example.com/a.img" } } },
            }],
          },
        },
      },
    });
  });
  assert.ok(names.includes("https://example.com/a.img"), names.join());
});

import assert from "node:assert/strict";
import { imageName, metadataNames } from "../../../src/kubevirt/os_names.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";

Deno.test("the names in the metadata are those of annotations, labels, and keys of labels", () => {
  const { annotations, labels } = readVmi({
    metadata: {
      annotations: { "vm.kubevirt.io/os": "fedora", "vm.kubevirt.io/flavor": "small" },
      labels: { "kubevirt.io/os": "", app: "talos", "os.template.kubevirt.io/rhel9": "true" },
    },
  });
  assert.deepEqual(metadataNames({ annotations, labels }), [
    { name: "fedora", evidence: "the annotation vm.kubevirt.io/os is fedora" },
    { name: "rhel9", evidence: "the label os.template.kubevirt.io/rhel9 is set" },
  ]);
});

const IMAGES: readonly (readonly [string, string])[] = [
  ["fedora", "fedora"],
  ["team/fedora:42", "team/fedora:42"],
  ["quay.io/team/fedora:42", "team/fedora:42"],
  ["registry:5000/fedora", "fedora"],
  ["localhost/fedora", "fedora"],
  ["team/fedora.d/42", "team/fedora.d/42"],
  ["quay.io/fedora@sha256:0123", "fedora"],
  ["quay.io/fedora:42@sha256:0123", "fedora:42"],
];

for (const [image, name] of IMAGES) {
  Deno.test(`the image ${image} is called ${name}`, () => {
    assert.deepEqual(imageName(image), { name, evidence: `the image is ${image}` });
  });
}

import assert from "node:assert/strict";
import { findOtherReader } from "../../../src/kubevirt/other_reader.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";

const label = (key: string, value = "true") => ({ metadata: { labels: { [key]: value } } });
const annotation = (key: string, value: string) => ({
  metadata: { annotations: { [key]: value } },
});
const image = (name: string) => ({
  spec: {
    domain: { devices: { disks: [{ name: "root" }] } },
    volumes: [{ name: "root", containerDisk: { image: name } }],
  },
});

/** VMIs, and the guest whose reader certainly takes no MIME message. */
const CERTAIN: readonly (readonly [Record<string, unknown>, RegExp, RegExp])[] = [
  [
    annotation("vm.kubevirt.io/os", "talos"),
    /^Talos$/,
    /annotation vm\.kubevirt\.io\/os is talos$/,
  ],
  [label("kubevirt.io/os", "Talos-v1.11"), /^Talos$/, /label kubevirt\.io\/os is Talos/],
  [label("vm.kubevirt.io/os", "fedora-coreos"), /CoreOS/, /label vm/],
  [annotation("kubevirt.io/cluster-preference-name", "cirros"), /^CirrOS$/, /cluster-preference/],
  [annotation("kubevirt.io/preference-name", "bottlerocket"), /^Bottlerocket$/, /preference-name/],
  [annotation("vm.kubevirt.io/template", "flatcar-server-small"), /^Flatcar$/, /template/],
  [label("os.template.kubevirt.io/fedora-coreos40"), /CoreOS/, /is set$/],
  [{ status: { guestOSInfo: { id: "flatcar", name: "Flatcar" } } }, /^Flatcar$/, /guestOSInfo\.id/],
  ...([
    ["ghcr.io/siderolabs/talos-nocloud:v1.11.0", /^Talos$/],
    ["ghcr.io/siderolabs/nocloud:v1.11.0", /^Talos$/],
    ["registry.example:5000/vm-images:talos-1.11", /^Talos$/],
    ["localhost/talos@sha256:0123", /^Talos$/],
    ["quay.io/kubevirt/cirros-container-disk-demo:latest", /^CirrOS$/],
    ["quay.io/containerdisks/flatcar:latest", /^Flatcar$/],
    ["registry.example/flatcarlinux:4230", /^Flatcar$/],
    ["quay.io/fedora/fedora-coreos-kubevirt:stable", /CoreOS/],
    ["quay.io/openshift-release-dev/rhcos:4.19", /CoreOS/],
    ["quay.io/okd/scos", /CoreOS/],
    ["registry.example/fcos:41", /CoreOS/],
    ["quay.io/kairos/ubuntu:24.04", /^Kairos$/],
    ["quay.io/kairos/alpine:3.21-core-amd64-generic-v3.5", /^Kairos$/],
    ["registry.example/ubuntu:24.04-kairos", /^Kairos$/],
    ["registry.example/bottlerocket-metal-k8s:1.34", /^Bottlerocket$/],
    ["registry.example/k3os:v0.21", /k3OS/],
    ["registry.example/clear-linux-kvm:1", /Clear Linux/],
    ["registry.example/linuxkit-vm:1", /LinuxKit/],
  ] as const).map(([name, guest]) => [image(name), guest, /^the image is /] as const),
];

for (const [vmi, guest, evidence] of CERTAIN) {
  Deno.test(`the reader takes no MIME message: ${JSON.stringify(vmi)}`, () => {
    const found = findOtherReader(readVmi(vmi));
    assert.match(found?.reader.guest ?? "cloud-init", guest);
    assert.match(found?.evidence ?? "", evidence);
  });
}

Deno.test("the guests without systemd, or without a shell, are known", () => {
  const without = (name: string) =>
    findOtherReader(readVmi(label("kubevirt.io/os", name)))?.reader.runsNoUnit;
  for (const name of ["talos", "bottlerocket", "cirros", "k3os", "rancheros", "linuxkit"]) {
    assert.equal(without(name), true, name);
  }
  for (const name of ["flatcar", "rhcos", "kairos", "clear-linux"]) {
    assert.equal(without(name), false, name);
  }
});

/** VMIs of which it is not certain. */
const NOT_CERTAIN: readonly Record<string, unknown>[] = [
  {},
  { metadata: { name: "talos" } },
  label("app", "talos"),
  label("vm.kubevirt.io/os", "fedora"),
  label("vm.kubevirt.io/os", "freebsd14"),
  annotation("kubevirt.io/cluster-preference-name", "alpine"),
  image("quay.io/containerdisks/fedora:42"),
  image("registry.example/talos/ubuntu:24.04"),
  image("cirros.example.net/team/fedora:42"),
  image("quay.io/containerdisks/alpine:3.21"),
  image("registry.example/microos:latest"),
  image("registry.example/mytalos:1"),
  image("registry.example/talosctl-runner:1"),
  image("inductiveautomation/ignition:8"),
  image("registry.example/harvester/ubuntu:24.04"),
  image("registry.example/ubuntu:24.04@sha256:talos"),
  { spec: { volumes: [{ name: "r", persistentVolumeClaim: { claimName: "talos-root" } }] } },
  {
    spec: {
      domain: { devices: { disks: [{ name: "root" }, { name: "second" }] } },
      volumes: [
        { name: "root", containerDisk: { image: "quay.io/containerdisks/fedora:42" } },
        { name: "second", containerDisk: { image: "quay.io/kubevirt/cirros-container-disk-demo" } },
      ],
    },
  },
];

for (const vmi of NOT_CERTAIN) {
  Deno.test(`the reader may be cloud-init: ${JSON.stringify(vmi)}`, () => {
    assert.equal(findOtherReader(readVmi(vmi)), undefined);
  });
}

Deno.test("an installer's disk counts, if the VM boots from it after an empty disk", () => {
  const vmi = readVmi({
    spec: {
      domain: {
        devices: {
          disks: [
            { name: "iso", cdrom: {}, bootOrder: 2 },
            { name: "root", disk: {}, bootOrder: 1 },
          ],
        },
      },
      volumes: [
        { name: "root", dataVolume: { name: "empty" } },
        { name: "iso", containerDisk: { image: "registry.example/talos-iso:1" } },
      ],
    },
  });
  assert.deepEqual(vmi.bootImages, [undefined, "registry.example/talos-iso:1"]);
  assert.equal(findOtherReader(vmi)?.reader.guest, "Talos");
});

Deno.test("a volume that no disk names is a boot disk if the VM has no other", () => {
  const { bootImages } = readVmi({
    spec: { volumes: [{ name: "root", containerDisk: { image: "registry.example/talos" } }] },
  });
  assert.deepEqual(bootImages, ["registry.example/talos"]);
});

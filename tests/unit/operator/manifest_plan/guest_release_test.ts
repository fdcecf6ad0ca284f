import assert from "node:assert/strict";
import { formatPath } from "../../../../src/operator/manifest/path.ts";
import { virtualMachinesIn } from "../../../../src/operator/manifest/virtual_machine.ts";
import {
  guestWithOldPackages,
  guestWithoutCredentials,
} from "../../../../src/operator/manifest_plan/guest_release.ts";
import { manifestsOf } from "../manifest/manifests.ts";

/** A VM with some volumes, templates of DataVolumes and annotations of its VMI. */
function vm({ volumes, dataVolumeTemplates, annotations, labels }: {
  readonly volumes?: unknown;
  readonly dataVolumeTemplates?: unknown;
  readonly annotations?: unknown;
  readonly labels?: unknown;
}) {
  const template = { metadata: { annotations, labels }, spec: { volumes } };
  const [found] = virtualMachinesIn(
    manifestsOf({
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachine",
      metadata: { name: "debian-10" },
      spec: { template, dataVolumeTemplates },
    }),
    [],
  );
  assert.ok(found !== undefined);
  return found;
}

const withImage = (image: string) => vm({ volumes: [{ name: "root", containerDisk: { image } }] });

/** Images, the guest that takes no credentials from the domain, and words of the reason. */
const IMAGES: readonly (readonly [string, string | undefined, string?])[] = [
  ["quay.io/containerdisks/alpine:3.21", "Alpine Linux", "no systemd"],
  ["quay.io/kubevirt/cirros-container-disk-demo", "CirrOS", "no systemd"],
  ["ghcr.io/siderolabs/talos:v1", "Talos", "no systemd"],
  ["registry.example/bottlerocket:1", "Bottlerocket", "no shell"],
  ["registry.example/k3os", "of its own kind", "no systemd"],
  ["registry.example/rancheros", "of its own kind"],
  ["registry.example/linuxkit", "of its own kind"],
  ["registry.example/freebsd:14", "of its own kind"],
  ["registry.example/openbsd:7", "of its own kind"],
  ["registry.example/NetBSD", "of its own kind"],
  ["registry.example/ubuntu:14.04", "Ubuntu 22.04 or older", "249 or older"],
  ["registry.example/ubuntu:16.04", "Ubuntu 22.04 or older"],
  ["registry.example/ubuntu-server-18.04", "Ubuntu 22.04 or older"],
  ["registry.example/ubuntu20", "Ubuntu 22.04 or older"],
  ["registry.example/ubuntu:22.04", "Ubuntu 22.04 or older"],
  ["registry.example/ubuntu:24.04", undefined],
  ["registry.example/ubuntu:220", undefined],
  ["registry.example/kubuntu:22.04", undefined],
  ["registry.example/trusty", "Ubuntu 22.04 or older"],
  ["registry.example/xenial", "Ubuntu 22.04 or older"],
  ["registry.example/bionic", "Ubuntu 22.04 or older"],
  ["registry.example/focal-server", "Ubuntu 22.04 or older"],
  ["registry.example/jammy:1", "Ubuntu 22.04 or older"],
  ["registry.example/focality", undefined],
  ["registry.example/noble", undefined],
  ["registry.example/debian:9", "Debian 11 or older", "247 or older"],
  ["registry.example/debian-10-genericcloud", "Debian 11 or older"],
  ["registry.example/debian-genericcloud-11", "Debian 11 or older"],
  ["registry.example/debian:12", undefined],
  ["registry.example/debian:110", undefined],
  ["registry.example/stretch", "Debian 11 or older"],
  ["registry.example/buster", "Debian 11 or older"],
  ["registry.example/bullseye", "Debian 11 or older"],
  ["registry.example/busters", undefined],
  ["registry.example/bookworm", undefined],
  ["registry.example/rhel:7.9", "a RHEL 8 or older", "239 or older"],
  ["registry.example/centos-stream:8", "a RHEL 8 or older"],
  ["registry.example/centos:7", "a RHEL 8 or older"],
  ["registry.example/rockylinux:8", "a RHEL 8 or older"],
  ["registry.example/almalinux:8", "a RHEL 8 or older"],
  ["registry.example/ol8", "a RHEL 8 or older"],
  ["registry.example/oraclelinux:7", "a RHEL 8 or older"],
  ["registry.example/rhel:9", undefined],
  ["registry.example/rhel:80", undefined],
  ["registry.example/amzn2", "Amazon Linux 2", "219 or older"],
  ["registry.example/al2", "Amazon Linux 2"],
  ["registry.example/amazon-linux-2", "Amazon Linux 2"],
  ["registry.example/al2023", undefined],
  ["registry.example/amazonlinux:2023", undefined],
  ["registry.example/sles:12", "SLES 15 SP5 or older", "249 or older"],
  ["registry.example/sle-15-sp1", "SLES 15 SP5 or older"],
  ["registry.example/sles15sp5", "SLES 15 SP5 or older"],
  ["registry.example/sles15sp6", undefined],
  ["registry.example/sles:15-SP-1", undefined],
  ["registry.example/fedora:42", undefined],
];

for (const [image, guest, reason] of IMAGES) {
  Deno.test(`the image ${image} is that of ${guest ?? "a guest that may take credentials"}`, () => {
    const found = guestWithoutCredentials(withImage(image));
    assert.equal(found?.guest, guest);
    if (reason !== undefined) assert.match(found?.reason ?? "", new RegExp(reason));
    if (found !== undefined) assert.equal(found.evidence, `the image is ${image}`);
  });
}

/** Images, and the guest whose packages do not know EKS Pod Identity. */
const PACKAGES: readonly (readonly [string, string | undefined])[] = [
  ["registry.example/debian:9", "Debian 12 or older"],
  ["registry.example/debian-10", "Debian 12 or older"],
  ["registry.example/debian:12", "Debian 12 or older"],
  ["registry.example/debian:13", undefined],
  ["registry.example/debian:120", undefined],
  ["registry.example/stretch", "Debian 12 or older"],
  ["registry.example/buster", "Debian 12 or older"],
  ["registry.example/bullseye", "Debian 12 or older"],
  ["registry.example/bookworm-slim", "Debian 12 or older"],
  ["registry.example/bookworms", undefined],
  ["registry.example/ubuntu:14.04", "Ubuntu 22.04 or older"],
  ["registry.example/ubuntu:22.04", "Ubuntu 22.04 or older"],
  ["registry.example/ubuntu:24.04", undefined],
  ["registry.example/ubuntu:220", undefined],
  ["registry.example/jammy", "Ubuntu 22.04 or older"],
  ["registry.example/jammyx", undefined],
  ["registry.example/fedora:39", undefined],
];

for (const [image, guest] of PACKAGES) {
  Deno.test(`the packages of the image ${image} are ${guest === undefined ? "not " : ""}old`, () => {
    assert.equal(guestWithOldPackages(withImage(image))?.guest, guest);
  });
}

const source = (source: object) => [{ spec: { source: {} } }, { spec: { source } }];
const DATA_VOLUMES = "spec.dataVolumeTemplates[1].spec";

/** Where a VM names the image of its disk, and the path of the name. */
const PLACES: readonly (readonly [string, Parameters<typeof vm>[0], string])[] = [
  [
    "a containerDisk",
    { volumes: [{ name: "a" }, { containerDisk: { image: "debian:11" } }] },
    "spec.template.spec.volumes[1].containerDisk.image",
  ],
  [
    "a registry",
    { dataVolumeTemplates: source({ registry: { url: "docker://debian:11" } }) },
    `${DATA_VOLUMES}.source.registry.url`,
  ],
  [
    "a URL",
    { dataVolumeTemplates: source({ http: { url: "https://a.example/debian-11.qcow2" } }) },
    `${DATA_VOLUMES}.source.http.url`,
  ],
  [
    "a PVC",
    { dataVolumeTemplates: source({ pvc: { name: "debian-11" } }) },
    `${DATA_VOLUMES}.source.pvc.name`,
  ],
  [
    "a DataSource",
    { dataVolumeTemplates: [{}, { spec: { sourceRef: { name: "debian-11" } } }] },
    `${DATA_VOLUMES}.sourceRef.name`,
  ],
  [
    "an annotation, before its image",
    {
      annotations: { "vm.kubevirt.io/os": "debian11" },
      volumes: [{ containerDisk: { image: "debian:10" } }],
    },
    "spec.template.metadata",
  ],
];

for (const [what, content, path] of PLACES) {
  Deno.test(`the guest is named by ${what}`, () => {
    const found = guestWithoutCredentials(vm(content));
    assert.equal(found?.guest, "Debian 11 or older");
    assert.equal(formatPath(found.path), path);
  });
}

Deno.test("names that the owner chose are no evidence, and another image does not hide one", () => {
  const claim = { name: "debian-10", persistentVolumeClaim: { claimName: "debian-10" } };
  assert.equal(guestWithoutCredentials(vm({ volumes: [claim] })), undefined);
  const images = ["fedora:42", "debian:11"].map((image) => ({ containerDisk: { image } }));
  assert.equal(guestWithoutCredentials(vm({ volumes: images }))?.guest, "Debian 11 or older");
});

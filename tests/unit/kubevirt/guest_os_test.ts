import assert from "node:assert/strict";
import { userDataOsHint } from "../../../src/cloud_init/os_hint.ts";
import { detectGuestOs, type GuestOs, type OsSource } from "../../../src/kubevirt/guest_os.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";

const hyperv = { domain: { features: { hyperv: {} } } };
const sysprep = { volumes: [{ name: "s", sysprep: { configMap: { name: "unattend" } } }] };
const efi = { domain: { firmware: { bootloader: { efi: { secureBoot: true } } } } };

const bootsFrom = (image: string) => ({ volumes: [{ name: "root", containerDisk: { image } }] });

/** A description, the VMI, its user data, the guest, and the evidence. */
const CASES: readonly (readonly [string, Record<string, unknown>, string, GuestOs, RegExp])[] = [
  ["nothing at all", {}, "", "linux", /no hint of another guest/],
  ["EFI with secure boot", { spec: efi }, "#cloud-config\n", "linux", /no hint of another guest/],
  ["a sysprep volume", { spec: sysprep }, "#!/bin/sh\n", "windows", /sysprep/],
  ["hyperv features", { spec: hyperv }, "", "windows", /hyperv/],
  [
    "hyperv features under a Linux script",
    { spec: hyperv },
    "#!/bin/sh\n",
    "linux",
    /starts with #!/,
  ],
  [
    "hyperv features under a Linux image",
    { spec: { ...hyperv, ...bootsFrom("quay.io/containerdisks/fedora:42") } },
    "#cloud-config\n",
    "linux",
    /the image is quay\.io\/containerdisks\/fedora:42$/,
  ],
  [
    "hyperv features under a Linux image in a folder of a folder",
    { spec: { ...hyperv, ...bootsFrom("registry.example/team/golden/debian:13") } },
    "",
    "linux",
    /the image is /,
  ],
  [
    "hyperv features over an image that says nothing",
    { spec: { ...hyperv, ...bootsFrom("registry.example/fedora/golden:42") } },
    "#cloud-config\n",
    "windows",
    /hyperv/,
  ],
  [
    "hyperv features over a disk that it does not boot from",
    {
      spec: {
        domain: { ...hyperv.domain, devices: { disks: [{ name: "pvc" }, { name: "root" }] } },
        volumes: bootsFrom("registry.example/fedora:42").volumes,
      },
    },
    "",
    "windows",
    /hyperv/,
  ],
  [
    "a sysprep volume over a Linux image",
    { spec: { volumes: [...sysprep.volumes, ...bootsFrom("registry.example/fedora:42").volumes] } },
    "",
    "windows",
    /sysprep/,
  ],
  [
    "PowerShell over a Linux image",
    { spec: bootsFrom("registry.example/fedora:42") },
    "#ps1\n",
    "windows",
    /starts with #ps1/,
  ],
  ["PowerShell without anything else", {}, "#ps1_sysnative\n", "windows", /starts with #ps1/],
  ["hyperv features over a cloud-config", { spec: hyperv }, "#cloud-config\n", "windows", /hyperv/],
  [
    "hyperv features under a message with a boothook",
    { spec: hyperv },
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' +
    "--b\nContent-Type: text/cloud-boothook\n\nid\n--b--\n",
    "linux",
    /has a part of text\/cloud-boothook/,
  ],
  [
    "a hyperv clock",
    { spec: { domain: { clock: { timer: { hyperv: {} } } } } },
    "",
    "windows",
    /hyperv timer/,
  ],
  [
    "hyperv passthrough",
    { spec: { domain: { features: { hypervPassthrough: { enabled: true } } } } },
    "",
    "windows",
    /hyperv/,
  ],
  [
    "the guest agent of Windows",
    { status: { guestOSInfo: { id: "mswindows", name: "Microsoft Windows" } } },
    "",
    "windows",
    /guestOSInfo\.id is mswindows/,
  ],
  [
    "the guest agent of Fedora, with hyperv features",
    { status: { guestOSInfo: { id: "fedora" } }, spec: hyperv },
    "",
    "linux",
    /guestOSInfo/,
  ],
  ...([
    ["kubevirt.io/preference-name", "windows.2k22.virtio", "windows"],
    ["kubevirt.io/cluster-preference-name", "windows.11", "windows"],
    ["kubevirt.io/cluster-preference-name", "rhel.9", "linux"],
    ["vm.kubevirt.io/os", "windows10", "windows"],
    ["vm.kubevirt.io/os", "win10", "windows"],
    ["vm.kubevirt.io/os", "win", "windows"],
    ["template.kubevirt.io/name", "fedora-desktop-large", "linux"],
    ["vm.kubevirt.io/os", "ubuntu", "linux"],
    ["vm.kubevirt.io/template", "windows2k19-server-large", "windows"],
    ["vm.kubevirt.io/template", "sles-server-small", "linux"],
    ["harvesterhci.io/os", "windows", "windows"],
    ["harvesterhci.io/os", "openSUSE", "linux"],
  ] as const).map(([key, value, os]) =>
    [
      `the annotation ${key}: ${value}`,
      { metadata: { annotations: { [key]: value } }, spec: hyperv },
      "",
      os,
      new RegExp(`annotation ${key} is ${value}`),
    ] as const
  ),
  [
    "the label kubevirt.io/os",
    { metadata: { labels: { "kubevirt.io/os": "windows" } } },
    "#!/bin/sh\n",
    "windows",
    /label kubevirt.io\/os/,
  ],
  [
    "a label of common-templates",
    { metadata: { labels: { "os.template.kubevirt.io/windows11": "true" } } },
    "",
    "windows",
    /os\.template\.kubevirt\.io\/windows11 is set/,
  ],
  [
    "a preference that says nothing",
    { metadata: { annotations: { "kubevirt.io/preference-name": "winterfell-gold" } } },
    "",
    "linux",
    /no hint of another guest/,
  ],
  [
    "a system whose name ends in win",
    { metadata: { annotations: { "vm.kubevirt.io/os": "darwin" } } },
    "",
    "linux",
    /no hint of another guest/,
  ],
  [
    "the guest agent of Windows, by its name alone",
    { status: { guestOSInfo: { name: "Microsoft Windows" } } },
    "",
    "windows",
    /guestOSInfo\.name is Microsoft Windows/,
  ],
  [
    "a name with the wrong type",
    { metadata: { labels: { "kubevirt.io/os": 7 } } },
    "",
    "linux",
    /no hint/,
  ],
];

for (const [situation, vmi, userData, os, evidence] of CASES) {
  Deno.test(`the guest of ${situation} is ${os}`, () => {
    const verdict = detectGuestOs(
      readVmi(vmi),
      () => userDataOsHint(new TextEncoder().encode(userData)),
    );
    assert.equal(verdict.os, os);
    assert.match(verdict.evidence, evidence);
  });
}

const SOURCES: readonly (readonly [OsSource, Record<string, unknown>, string])[] = [
  ["sysprep volume", { spec: sysprep }, ""],
  ["metadata", { metadata: { labels: { "kubevirt.io/os": "windows" } } }, ""],
  ["guest agent", { status: { guestOSInfo: { id: "fedora" } } }, ""],
  ["user data", {}, "#ps1\n"],
  ["image", { spec: bootsFrom("registry.example/fedora:42") }, ""],
  ["hyperv", { spec: hyperv }, ""],
  ["none", {}, ""],
];

for (const [source, vmi, userData] of SOURCES) {
  Deno.test(`the verdict on the guest names its source: ${source}`, () => {
    const hint = () => userDataOsHint(new TextEncoder().encode(userData));
    assert.equal(detectGuestOs(readVmi(vmi), hint).source, source);
  });
}

for (
  const vmi of [{ spec: null }, { spec: [] }, { metadata: "x", spec: { volumes: [null, 3, {}] } }]
) {
  Deno.test(`a VMI of the wrong shape reads as an empty one: ${JSON.stringify(vmi)}`, () => {
    assert.deepEqual(readVmi(vmi), readVmi({}));
  });
}

Deno.test("user data is not read if there is a stronger hint", () => {
  const verdict = detectGuestOs(
    readVmi({ spec: sysprep }),
    () => assert.fail("it was looked at"),
  );
  assert.equal(verdict.os, "windows");
});

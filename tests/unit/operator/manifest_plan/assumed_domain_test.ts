import assert from "node:assert/strict";
import { assumedDomain } from "../../../../src/operator/manifest_plan/assumed_domain.ts";
import type { JsonObject } from "../../../../src/text/json.ts";

/** The lines of the domain of a VMI with some spec, without their indentation. */
function linesOf(spec: JsonObject): readonly string[] {
  const vmi = { metadata: { namespace: "team", name: "vm" }, spec };
  return new TextDecoder().decode(assumedDomain(vmi)).split("\n").map((line) => line.trim());
}

Deno.test("the domain is written as Go writes XML", () => {
  const vmi = {
    metadata: { namespace: "team", name: "vm&1" },
    spec: {
      domain: {
        devices: {
          disks: [{ name: "root", disk: {} }, {}],
          filesystems: [{ name: "sa", virtiofs: {} }, { name: "other" }],
        },
      },
    },
  };
  assert.equal(
    new TextDecoder().decode(assumedDomain(vmi)),
    `<domain type="kvm">
	<name>team_vm&amp;1</name>
	<os>
		<type arch="x86_64">hvm</type>
		<smbios mode="sysinfo"></smbios>
	</os>
	<memoryBacking>
		<source type="memfd"></source>
		<access mode="shared"></access>
	</memoryBacking>
	<sysinfo type="smbios">
		<system></system>
	</sysinfo>
	<devices>
		<disk device="disk">
			<alias name="ua-root"></alias>
		</disk>
		<filesystem type="mount" accessmode="passthrough">
			<driver type="virtiofs" queue="1024"></driver>
			<source socket="/var/run/kubevirt/virtiofs-containers/sa.sock"></source>
			<target dir="sa"></target>
		</filesystem>
	</devices>
</domain>`,
  );
});

/** Architectures of KubeVirt, libvirt's names of them, and whether the machine has an SMBIOS. */
const ARCHITECTURES: readonly (readonly [string, string | undefined, boolean])[] = [
  ["amd64", "x86_64", true],
  ["arm64", "aarch64", true],
  ["s390x", "s390x", false],
  ["riscv64", undefined, false],
];

for (const [architecture, arch, hasSmbios] of ARCHITECTURES) {
  Deno.test(`the domain of a VM with the architecture ${architecture}`, () => {
    const os = arch === undefined ? [] : [
      "<os>",
      `<type arch="${arch}">hvm</type>`,
      ...(hasSmbios ? ['<smbios mode="sysinfo"></smbios>'] : []),
      "</os>",
    ];
    const sysinfo = ['<sysinfo type="smbios">', "<system></system>", "</sysinfo>"];
    assert.deepEqual(linesOf({ architecture }), [
      '<domain type="kvm">',
      "<name>team_vm</name>",
      ...os,
      ...(hasSmbios ? sysinfo : []),
      "<devices>",
      "</devices>",
      "</domain>",
    ]);
  });
}

Deno.test("hugepages and a share have the memory backing that KubeVirt gives them", () => {
  const hugepages = { memory: { hugepages: { pageSize: "2Mi" } } };
  const devices = { filesystems: [{ name: "sa", virtiofs: {} }] };
  const backingOf = (domain: JsonObject) => {
    const lines = linesOf({ domain });
    const [start, end] = ["<memoryBacking>", "</memoryBacking>"].map((tag) => lines.indexOf(tag));
    return start === -1 ? undefined : lines.slice((start ?? 0) + 1, end);
  };
  const [pages, memfd] = ["<hugepages></hugepages>", '<source type="memfd"></source>'];
  const shared = '<access mode="shared"></access>';
  assert.equal(backingOf({ memory: { guest: "1Gi" } }), undefined);
  assert.deepEqual(backingOf(hugepages), [pages, memfd]);
  assert.deepEqual(backingOf({ devices }), [memfd, shared]);
  assert.deepEqual(backingOf({ devices, ...hugepages }), [pages, memfd, shared]);
});

Deno.test("launch security is in the domain as far as it matters", () => {
  const lines = linesOf({ domain: { launchSecurity: { snp: {} } } });
  assert.deepEqual(lines.slice(-3), [
    "</devices>",
    "<launchSecurity></launchSecurity>",
    "</domain>",
  ]);
});

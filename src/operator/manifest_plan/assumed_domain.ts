import { readVmi } from "../../kubevirt/vmi.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import { escapeXml } from "../../text/xml_escape.ts";

/**
 * The parts of KubeVirt's domain on which the sidecar's changes depend: the architecture with its SMBIOS, the memory
 * backing, the devices and the launch security, in the order and the indentation of Go's XML (kubevirt/kubevirt pkg/virt-launcher/virtwrap/converter).
 */
export function assumedDomain(vmi: JsonObject): Uint8Array {
  const { namespace, name, virtiofsFilesystems } = readVmi(vmi);
  const shares = [...virtiofsFilesystems];
  const spec = objectMember(vmi, "spec");
  const domain = objectMember(spec, "domain");
  const disks = objectsMember(objectMember(domain, "devices"), "disks")
    .flatMap((disk) => stringMember(disk, "name") ?? []);
  const architecture = stringMember(spec, "architecture") ?? "amd64";
  const lines = [
    '<domain type="kvm">',
    `\t<name>${escapeXml(`${namespace}_${name}`)}</name>`,
    ...operatingSystem(architecture),
    ...memoryBacking(domain, shares.length > 0),
    ...systemInformation(architecture),
    "\t<devices>",
    ...disks.flatMap(diskLines),
    ...shares.flatMap(filesystemLines),
    "\t</devices>",
    ...(member(domain, "launchSecurity") === undefined
      ? []
      : ["\t<launchSecurity></launchSecurity>"]),
    "</domain>",
  ];
  return new TextEncoder().encode(lines.join("\n"));
}

/** libvirt's names of KubeVirt's architectures. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["amd64", "x86_64"],
  ["arm64", "aarch64"],
  ["s390x", "s390x"],
]);

/** The architectures for which KubeVirt writes SMBIOS (the same folder, compute/os.go). */
const WITH_SMBIOS: readonly string[] = ["amd64", "arm64"];

function operatingSystem(architecture: string): readonly string[] {
  const arch = ARCHITECTURES.get(architecture);
  if (arch === undefined) return [];
  return [
    "\t<os>",
    `\t\t<type arch="${arch}">hvm</type>`,
    ...(WITH_SMBIOS.includes(architecture) ? ['\t\t<smbios mode="sysinfo"></smbios>'] : []),
    "\t</os>",
  ];
}

function systemInformation(architecture: string): readonly string[] {
  if (!WITH_SMBIOS.includes(architecture)) return [];
  return ['\t<sysinfo type="smbios">', "\t\t<system></system>", "\t</sysinfo>"];
}

function memoryBacking(domain: JsonObject | undefined, hasShares: boolean): readonly string[] {
  const hasHugepages = member(objectMember(domain, "memory"), "hugepages") !== undefined;
  if (!hasHugepages && !hasShares) return [];
  return [
    "\t<memoryBacking>",
    ...(hasHugepages ? ["\t\t<hugepages></hugepages>"] : []),
    '\t\t<source type="memfd"></source>',
    ...(hasShares ? ['\t\t<access mode="shared"></access>'] : []),
    "\t</memoryBacking>",
  ];
}

function diskLines(name: string): readonly string[] {
  return [
    '\t\t<disk device="disk">',
    `\t\t\t<alias name="ua-${escapeXml(name)}"></alias>`,
    "\t\t</disk>",
  ];
}

function filesystemLines(name: string): readonly string[] {
  const tag = escapeXml(name);
  return [
    '\t\t<filesystem type="mount" accessmode="passthrough">',
    '\t\t\t<driver type="virtiofs" queue="1024"></driver>',
    `\t\t\t<source socket="/var/run/kubevirt/virtiofs-containers/${tag}.sock"></source>`,
    `\t\t\t<target dir="${tag}"></target>`,
    "\t\t</filesystem>",
  ];
}

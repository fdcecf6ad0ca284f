import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import { escapeXml } from "../../text/xml_escape.ts";

/**
 * The parts of KubeVirt's domain on which the sidecar's changes depend: the architecture, the memory backing and the
 * devices, in the order and the indentation of Go's XML (kubevirt/kubevirt pkg/virt-launcher/virtwrap/converter).
 */
export function assumedDomain(vmi: JsonObject): Uint8Array {
  const metadata = objectMember(vmi, "metadata");
  const domain = objectMember(objectMember(vmi, "spec"), "domain");
  const devices = objectMember(domain, "devices");
  const shares = objectsMember(devices, "filesystems")
    .filter((filesystem) => objectMember(filesystem, "virtiofs") !== undefined)
    .map((filesystem) => stringMember(filesystem, "name") ?? "");
  const disks = objectsMember(devices, "disks").map((disk) => stringMember(disk, "name") ?? "");
  const name = `${stringMember(metadata, "namespace")}_${stringMember(metadata, "name")}`;
  const lines = [
    '<domain type="kvm">',
    `\t<name>${escapeXml(name)}</name>`,
    ...operatingSystem(stringMember(objectMember(vmi, "spec"), "architecture")),
    ...memoryBacking(domain, shares.length > 0),
    "\t<devices>",
    ...disks.flatMap(diskLines),
    ...shares.flatMap(filesystemLines),
    "\t</devices>",
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

function operatingSystem(architecture = "amd64"): readonly string[] {
  const arch = ARCHITECTURES.get(architecture);
  return arch === undefined ? [] : ["\t<os>", `\t\t<type arch="${arch}">hvm</type>`, "\t</os>"];
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

import { metadataNames } from "../../kubevirt/os_names.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { readVmi } from "../../kubevirt/vmi.ts";
import type { Path } from "../manifest/path.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";

/** A guest that does not take the role from the domain. */
export interface GuestWithoutCredentials {
  /** Its distribution and release. */
  readonly guest: string;
  /** Why, as the end of a sentence about the guest. */
  readonly reason: string;
  /** Where its name was found. */
  readonly evidence: string;
  /** The place of the name in the manifest. */
  readonly path: Path;
}

/** A name that may tell the guest's distribution. */
interface Clue extends Pick<GuestWithoutCredentials, "evidence" | "path"> {
  readonly name: string;
}

/** A distribution or release of which it is known that it takes no credentials from SMBIOS. */
interface Known {
  readonly name: RegExp;
  readonly guest: string;
  /** Why, as a clause. systemd 252 is the first that takes them (systemd's NEWS). */
  readonly reason: string;
}

/** A distribution whose packages are from before EKS Pod Identity, which is of November 2023. */
interface OldPackages {
  readonly name: RegExp;
  readonly guest: string;
}

/** The end of a release's number. */
const END = "(?!\\d)";
/** What may be between a distribution's name and its release. */
const GAP = "([^a-z\\d]|stream|linux|server|genericcloud)*";

const KNOWN: readonly Known[] = [
  known("alpine", "Alpine Linux", "it has no systemd"),
  known("cirros", "CirrOS", "it has no systemd"),
  known("talos", "Talos", "it has no systemd"),
  known("bottlerocket", "Bottlerocket", "it has no shell"),
  known("k3os|rancheros|linuxkit|(free|open|net)bsd", "of its own kind", "it has no systemd"),
  known(`ubuntu${GAP}(14|16|18|20|22)${END}`, "Ubuntu 22.04 or older", olderThan(249)),
  known("(trusty|xenial|bionic|focal|jammy)(?![a-z])", "Ubuntu 22.04 or older", olderThan(249)),
  known(`debian${GAP}(9|10|11)${END}`, "Debian 11 or older", olderThan(247)),
  known("(stretch|buster|bullseye)(?![a-z])", "Debian 11 or older", olderThan(247)),
  known(`(rhel|centos|rocky|alma|ol|oracle)${GAP}[78]${END}`, "a RHEL 8 or older", olderThan(239)),
  known(`(amzn2|al2|amazon${GAP}2)${END}`, "Amazon Linux 2", olderThan(219)),
  known(`sles?${GAP}(12|15[^a-z\\d]*sp[1-5])${END}`, "SLES 15 SP5 or older", olderThan(249)),
];

const WITH_OLD_PACKAGES: readonly OldPackages[] = [
  {
    name: namePattern(`debian${GAP}(9|1[0-2])${END}|(stretch|buster|bullseye|bookworm)(?![a-z])`),
    guest: "Debian 12 or older",
  },
  {
    name: namePattern(
      `ubuntu${GAP}(14|16|18|20|22)${END}|(trusty|xenial|bionic|focal|jammy)(?![a-z])`,
    ),
    guest: "Ubuntu 22.04 or older",
  },
];

function known(name: string, guest: string, reason: string): Known {
  return { name: namePattern(name), guest, reason };
}

function namePattern(name: string): RegExp {
  return new RegExp(`(?<![a-z])(?:${name})`, "i");
}

function olderThan(newest: number): string {
  return `its systemd is ${newest} or older`;
}

/**
 * The guest of a VM if its metadata or its image name one that does not take the role from the domain. A name that its
 * owner chose, such as that of the VM or of a volume, is no evidence.
 */
export function guestWithoutCredentials(
  virtualMachine: VirtualMachine,
): GuestWithoutCredentials | undefined {
  return findGuest(virtualMachine, KNOWN);
}

/** The guest of a VM if the same names one whose packages of the AWS CLI and SDKs do not know EKS Pod Identity. */
export function guestWithOldPackages(
  virtualMachine: VirtualMachine,
): Omit<GuestWithoutCredentials, "reason"> | undefined {
  return findGuest(virtualMachine, WITH_OLD_PACKAGES);
}

/** The first guest of a list that the VM's metadata or its image names. */
function findGuest<Guest extends { readonly name: RegExp }>(
  virtualMachine: VirtualMachine,
  guests: readonly Guest[],
): Omit<Guest, "name"> & Pick<Clue, "evidence" | "path"> | undefined {
  const metadata = metadataNames(readVmi(virtualMachine.vmi)).map((clue) => ({
    ...clue,
    path: [...virtualMachine.vmiPath, "metadata"],
  }));
  for (const { name, evidence, path } of [...metadata, ...imagesOf(virtualMachine)]) {
    const found = guests.find((candidate) => candidate.name.test(name));
    if (found === undefined) continue;
    const { name: _, ...guest } = found;
    return { ...guest, evidence, path };
  }
  return undefined;
}

/** The images of the VM's disks: of its volumes, and of the DataVolumes that are created for it. */
function imagesOf(
  { manifest: { object }, vmiPath, vmi }: VirtualMachine,
): readonly Clue[] {
  const volumes = objectsMember(objectMember(vmi, "spec"), "volumes").flatMap((volume, index) =>
    clue(objectMember(volume, "containerDisk"), "image", [
      ...vmiPath,
      "spec",
      "volumes",
      index,
      "containerDisk",
    ])
  );
  const templates = objectsMember(objectMember(object, "spec"), "dataVolumeTemplates");
  return [
    ...volumes,
    ...templates.flatMap((template, index) => {
      const spec = objectMember(template, "spec");
      const source = objectMember(spec, "source");
      const path = ["spec", "dataVolumeTemplates", index, "spec"];
      // containerized-data-importer pkg/apis/core/v1beta1, DataVolumeSpec
      return [
        ...clue(objectMember(source, "registry"), "url", [...path, "source", "registry"]),
        ...clue(objectMember(source, "http"), "url", [...path, "source", "http"]),
        ...clue(objectMember(source, "pvc"), "name", [...path, "source", "pvc"]),
        ...clue(objectMember(spec, "sourceRef"), "name", [...path, "sourceRef"]),
      ];
    }),
  ];
}

function clue(object: JsonObject | undefined, field: string, path: Path): readonly Clue[] {
  const name = stringMember(object, field);
  return name === undefined
    ? []
    : [{ name, evidence: `the image is ${name}`, path: [...path, field] }];
}

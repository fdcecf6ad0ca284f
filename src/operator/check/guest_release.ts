import { osNamesInMetadata } from "../../kubevirt/guest_os.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../text/json.ts";
import type { CheckContext } from "./check_context.ts";
import { volumesOf } from "./places.ts";

/** A guest that does not take the role from the domain. */
export interface GuestWithoutCredentials {
  /** Its distribution and release. */
  readonly guest: string;
  /** Why, as the end of a sentence about the guest. */
  readonly reason: string;
  /** Where its name was found. */
  readonly evidence: string;
}

/** A distribution or release of which it is known that its systemd takes no credentials from SMBIOS. */
interface Known {
  readonly name: RegExp;
  readonly guest: string;
  /** The newest systemd in it; undefined if it has none. */
  readonly systemd: number | undefined;
}

/** The first version that takes credentials from SMBIOS (systemd NEWS, 252). */
const FIRST_SYSTEMD = 252;

/** The end of a release's number. */
const END = "(?!\\d)";
/** What may be between a distribution's name and its release. */
const GAP = "([^a-z\\d]|stream|linux|server|genericcloud)*";

const KNOWN: readonly Known[] = [
  known("alpine", "Alpine Linux", undefined),
  known("cirros", "CirrOS", undefined),
  known("talos", "Talos Linux", undefined),
  known(`ubuntu${GAP}(14|16|18|20|22)${END}`, "Ubuntu 22.04 or older", 249),
  known("(trusty|xenial|bionic|focal|jammy)(?![a-z])", "Ubuntu 22.04 or older", 249),
  known(`debian${GAP}(9|10|11)${END}`, "Debian 11 or older", 247),
  known("(stretch|buster|bullseye)(?![a-z])", "Debian 11 or older", 247),
  known(`(rhel|centos|rocky|alma|ol|oracle)${GAP}[78]${END}`, "a RHEL 8 or older", 239),
  known(`(amzn2|al2|amazon${GAP}2)${END}`, "Amazon Linux 2", 219),
  known(`sles?${GAP}(12|15[^a-z\\d]*sp[1-5])${END}`, "SLES 15 SP5 or older", 249),
];

function known(name: string, guest: string, systemd: number | undefined): Known {
  return { name: new RegExp(`(?<![a-z])${name}`, "i"), guest, systemd };
}

/**
 * The guest of a VM if its metadata or its image name one that does not take the role from the domain. A name of the
 * VM's own, such as that of the VM or of a volume, is no evidence.
 */
export function guestWithoutCredentials(
  context: CheckContext,
): GuestWithoutCredentials | undefined {
  for (const { name, evidence } of [...osNamesInMetadata(context.vmi), ...imagesOf(context)]) {
    const found = KNOWN.find((candidate) => candidate.name.test(name));
    if (found === undefined) continue;
    const reason = found.systemd === undefined
      ? "it has no systemd"
      : `its systemd is ${found.systemd} or older, and ${FIRST_SYSTEMD} is the first that reads them`;
    return { guest: found.guest, reason, evidence };
  }
  return undefined;
}

/** The images of the VM's disks: of its volumes, and of the DataVolumes that are created for it. */
function imagesOf(
  context: CheckContext,
): readonly { readonly name: string; readonly evidence: string }[] {
  const { virtualMachine: { manifest: { object } } } = context;
  const images = volumesOf(context).map((volume) =>
    stringMember(objectMember(volume, "containerDisk"), "image")
  );
  const templates = objectsMember(objectMember(object, "spec"), "dataVolumeTemplates");
  return [...images, ...templates.flatMap(sourcesOf)].flatMap((name) =>
    name === undefined ? [] : [{ name, evidence: `the image is ${name}` }]
  );
}

/** containerized-data-importer pkg/apis/core/v1beta1, DataVolumeSpec. */
function sourcesOf(template: JsonObject): readonly (string | undefined)[] {
  const spec = objectMember(template, "spec");
  const source = objectMember(spec, "source");
  return [
    stringMember(objectMember(source, "registry"), "url"),
    stringMember(objectMember(source, "http"), "url"),
    stringMember(objectMember(source, "pvc"), "name"),
    stringMember(objectMember(spec, "sourceRef"), "name"),
  ];
}

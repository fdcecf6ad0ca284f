import { metadataNames } from "../../kubevirt/guest_os.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../text/json.ts";
import type { Path } from "../manifest/path.ts";
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
  /** The place of the name in the manifest. */
  readonly path: Path;
}

/** A name that may tell the guest's distribution. */
interface Clue extends Pick<GuestWithoutCredentials, "evidence" | "path"> {
  readonly name: string;
}

/** A distribution or release of which it is known that its systemd takes no credentials from SMBIOS: 252 is the first (systemd's NEWS). */
interface Known {
  readonly name: RegExp;
  readonly guest: string;
  /** The newest systemd in it; undefined if it has none. */
  readonly systemd: number | undefined;
}

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
  const { vmi, virtualMachine: { vmiPath } } = context;
  const metadata = metadataNames(vmi).map((clue) => ({
    ...clue,
    path: [...vmiPath, "metadata"],
  }));
  for (const { name, evidence, path } of [...metadata, ...imagesOf(context)]) {
    const found = KNOWN.find((candidate) => candidate.name.test(name));
    if (found === undefined) continue;
    const reason = found.systemd === undefined
      ? "it has no systemd"
      : `its systemd is ${found.systemd} or older`;
    return { guest: found.guest, reason, evidence, path };
  }
  return undefined;
}

/** The images of the VM's disks: of its volumes, and of the DataVolumes that are created for it. */
function imagesOf(context: CheckContext): readonly Clue[] {
  const { virtualMachine: { manifest: { object }, vmiPath } } = context;
  const volumes = volumesOf(context).flatMap((volume, index) =>
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

/** Whether the domain can give the guest its role, as far as the manifests say. */
export function mayTakeRoleFromDomain(context: CheckContext): boolean {
  const { plan } = context;
  return plan.kind === "planned" && plan.oemStrings.addition.kind === "added" &&
    guestWithoutCredentials(context) === undefined;
}

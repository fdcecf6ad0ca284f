import { osOfName } from "./guest_os.ts";
import { guestAgentNames, imageName, metadataNames } from "./os_names.ts";
import type { Vmi } from "./vmi.ts";

/** A program other than cloud-init that reads the user data of some guests, and takes no MIME message. */
export interface OtherReader {
  /** The guests that it runs in. */
  readonly guest: string;
  /** What it makes of a MIME message, as a clause for people. */
  readonly onMessage: string;
  /** Whether all guests of this name have it: of some there are images with cloud-init too. */
  readonly isInAll: boolean;
  /** Whether its guests have no systemd or no shell, so that they take nothing from the domain either. */
  readonly runsNoUnit?: true;
}

/** The reader of a guest, and the evidence for it, for people. */
export interface ReaderVerdict {
  readonly reader: OtherReader;
  readonly evidence: string;
}

interface Entry extends OtherReader {
  /** The words in names of operating systems and of images that name these guests. */
  readonly names: RegExp;
  /** Whether its images are named after the distribution that they are made of. */
  readonly hasFlavours?: true;
}

/** Words of a name, with what may stand after them: a version, or "linux" and "os". */
function words(...names: readonly string[]): RegExp {
  return new RegExp(`(?<![a-z])(?:${names.join("|")})(?:[-_.]?(?:linux|os))?(?![a-z])`, "i");
}

const BROKEN = "takes a MIME message for a broken configuration";

/**
 * Readers that take no MIME message. Where from:
 * siderolabs/talos internal/app/machined/pkg/runtime/v1alpha1/platform/nocloud;
 * bottlerocket-os/bottlerocket sources/api/early-boot-config; coreos/ignition config/util.go;
 * flatcar/coreos-cloudinit initialize/user_data.go, which reads a message since May 2023, and acts on no part of the
 * types that give the role; cirros-dev/cirros src/lib/cirros; mudler/yip (Kairos, Elemental, Harvester; kairos-io/kairos
 * issue 1733); rancher/k3os and rancher/os, config; clearlinux/micro-config-drive;
 * linuxkit/linuxkit pkg/metadata; FreeBSD nuageinit(7); SUSE's Deployment Guide of SLE Micro (Ignition, Combustion);
 * Alpine's tiny-cloud.
 */
const READERS: readonly Entry[] = [
  {
    guest: "Talos",
    names: words("talos", "siderolabs"),
    onMessage: `it ${BROKEN}, and does not boot`,
    isInAll: true,
    runsNoUnit: true,
  },
  {
    guest: "Bottlerocket",
    names: words("bottlerocket"),
    onMessage: `its reader ${BROKEN}, and does not set up the machine`,
    isInAll: true,
    runsNoUnit: true,
  },
  {
    guest: "Flatcar",
    names: words("flatcar"),
    onMessage: "its reader passes over the parts of a MIME message that give the role",
    isInAll: true,
  },
  {
    guest: "a CoreOS with Ignition",
    names: words("(?:[a-z]+[-_.]?)?coreos", "fcos", "rhcos", "scos"),
    onMessage: `Ignition ${BROKEN}, and the machine does not boot`,
    isInAll: true,
  },
  {
    guest: "CirrOS",
    names: words("cirros"),
    onMessage: "its reader runs only a script that starts with #!, and ignores a MIME message",
    isInAll: true,
    runsNoUnit: true,
  },
  {
    guest: "Kairos",
    names: words("kairos"),
    onMessage: "its reader yip ignores a MIME message",
    isInAll: true,
    hasFlavours: true,
  },
  {
    guest: "Elemental or Harvester",
    names: words("elemental", "harvester"),
    onMessage: "its reader yip ignores a MIME message",
    isInAll: false,
  },
  {
    guest: "k3OS or RancherOS",
    names: words("k3os", "rancheros", "burmillaos"),
    onMessage: "its reader takes one script or #cloud-config, and ignores a MIME message",
    isInAll: true,
    runsNoUnit: true,
  },
  {
    guest: "Clear Linux",
    names: words("clear[-_.]?linux"),
    onMessage: "its reader takes one script or #cloud-config, and ignores a MIME message",
    isInAll: true,
  },
  {
    guest: "LinuxKit",
    names: words("linuxkit"),
    onMessage: "its reader takes JSON, and ignores a MIME message",
    isInAll: true,
    runsNoUnit: true,
  },
  {
    guest: "Alpine",
    names: words("alpine"),
    onMessage: "its reader tiny-cloud ignores a MIME message; images with cloud-init read it",
    isInAll: false,
  },
  {
    guest: "SLE Micro or MicroOS",
    names: words("microos", "(?:sle|sl|suse|leap)[-_.]?micro"),
    onMessage: `Ignition ${BROKEN}; images with cloud-init read it`,
    isInAll: false,
  },
  {
    guest: "a BSD",
    names: words("(?:free|open|net|ghost|dragonfly)[-_.]?bsd"),
    onMessage:
      "readers such as nuageinit ignore a MIME message, and virtiofs is not mounted as in Linux",
    isInAll: false,
  },
];

/** The reader that runs in guests of a name, such as the value of a label. */
export function readerOfName(name: string): OtherReader | undefined {
  return READERS.find(({ names }) => names.test(name));
}

/**
 * The reader that is in an image. The last part of its name that names a system counts: "talos/ubuntu" is an Ubuntu.
 * Images that are named after a distribution are found first: "kairos/ubuntu" is a Kairos.
 */
function readerOfImage(image: string): ReaderVerdict | undefined {
  const { name, evidence } = imageName(image);
  const flavoured = READERS.find(({ hasFlavours, names }) => hasFlavours && names.test(name));
  if (flavoured !== undefined) return { reader: flavoured, evidence };
  for (const part of name.split(/[/:]/).toReversed()) {
    const reader = readerOfName(part);
    if (reader !== undefined) return { reader, evidence };
    if (osOfName(part) !== undefined) return undefined;
  }
  return undefined;
}

/**
 * The reader of a guest that certainly takes no MIME message: the VMI's own metadata, the guest agent or the image of
 * a boot disk names the guest, and all guests of this name have the reader.
 */
export function findOtherReader(vmi: Vmi): ReaderVerdict | undefined {
  const named = [...metadataNames(vmi), ...guestAgentNames(vmi)].map(({ name, evidence }) => {
    const reader = readerOfName(name);
    return reader && { reader, evidence };
  });
  const images = vmi.bootImages.map((image) => image === undefined ? image : readerOfImage(image));
  return [...named, ...images].find((verdict) => verdict?.reader.isInAll);
}

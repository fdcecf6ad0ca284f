import { osOfName } from "./guest_os.ts";
import { guestAgentNames, imageName, metadataNames, type OsName } from "./os_names.ts";
import type { Vmi } from "./vmi.ts";

/** A program other than cloud-init that reads the user data of some guests, and takes no MIME message. */
export interface OtherReader {
  /** The guests that it runs in. */
  readonly guest: string;
  /** The words in names of operating systems and of images that name these guests. */
  readonly names: RegExp;
  /** What the guest makes of a MIME message, as a clause for people. */
  readonly onMessage: string;
  /** Whether its guests have no systemd or no shell, so that they take nothing from the domain either. */
  readonly runsNoUnit: boolean;
}

/** The reader of a guest, and the evidence for it, for people. */
export interface ReaderVerdict {
  readonly reader: OtherReader;
  readonly evidence: string;
}

/**
 * One reader.
 *
 * @param names Alternatives of a regular expression. A version may stand after them, or "linux" or "os".
 */
export function otherReader(
  guest: string,
  names: string,
  onMessage: string,
  runsNoUnit = false,
): OtherReader {
  const pattern = `(?<![a-z])(?:${names})(?:[-_.]?(?:linux|os))?(?![a-z])`;
  return { guest, names: new RegExp(pattern, "i"), onMessage, runsNoUnit };
}

const BROKEN = "takes a MIME message for a broken configuration, and";
const IGNORES = "its reader ignores a MIME message";

/** Its images are named after the distribution that they are made of. Its reader is mudler/yip. */
const KAIROS = otherReader("Kairos", "kairos", IGNORES);

/**
 * Readers that take no MIME message, and that all guests of these names have. Where from:
 * siderolabs/talos internal/app/machined/pkg/runtime/v1alpha1/platform/nocloud;
 * bottlerocket-os/bottlerocket sources/api/early-boot-config; coreos/ignition config/util.go;
 * flatcar/coreos-cloudinit initialize/user_data.go, which reads a message since May 2023, and acts on no part of the
 * types that give the role; cirros-dev/cirros src/lib/cirros; kairos-io/kairos issue 1733; rancher/k3os and
 * rancher/os, config; clearlinux/micro-config-drive; linuxkit/linuxkit pkg/metadata.
 */
const OTHER_READERS: readonly OtherReader[] = [
  otherReader("Talos", "talos|siderolabs", `it ${BROKEN} does not boot`, true),
  otherReader("Bottlerocket", "bottlerocket", `it ${BROKEN} is not set up`, true),
  otherReader(
    "Flatcar",
    "flatcar",
    "its reader passes over the parts of a MIME message that give the role",
  ),
  otherReader(
    "a CoreOS with Ignition",
    "(?:[a-z]+[-_.]?)?coreos|fcos|rhcos|scos",
    `it ${BROKEN} does not boot`,
  ),
  otherReader("CirrOS", "cirros", `${IGNORES} and all else but a script that starts with #!`, true),
  KAIROS,
  otherReader("k3OS or RancherOS", "k3os|rancheros|burmillaos", IGNORES, true),
  otherReader("Clear Linux", "clear[-_.]?linux", IGNORES),
  otherReader("LinuxKit", "linuxkit", IGNORES, true),
];

/** The reader that all guests of a name have, such as the value of a label. */
export function readerOfName(name: string): OtherReader | undefined {
  return OTHER_READERS.find(({ names }) => names.test(name));
}

/** The last part of an image's name that names a system counts: "talos/ubuntu" is an Ubuntu, "kairos/ubuntu" a Kairos. */
function readerOfImage(name: string): OtherReader | undefined {
  if (KAIROS.names.test(name)) return KAIROS;
  for (const part of name.split(/[/:]/).reverse()) {
    const reader = readerOfName(part);
    if (reader ?? osOfName(part)) return reader;
  }
  return undefined;
}

/**
 * The reader of a guest that certainly takes no MIME message: the VMI's own metadata, the guest agent, or the image of
 * a boot disk names the guest.
 */
export function findOtherReader(vmi: Vmi): ReaderVerdict | undefined {
  const images = vmi.bootImages.filter((image) => image !== undefined).map(imageName);
  const named: readonly (readonly [readonly OsName[], typeof readerOfName])[] = [
    [[...metadataNames(vmi), ...guestAgentNames(vmi)], readerOfName],
    [images, readerOfImage],
  ];
  for (const [names, readerOf] of named) {
    for (const { name, evidence } of names) {
      const reader = readerOf(name);
      if (reader !== undefined) return { reader, evidence };
    }
  }
  return undefined;
}

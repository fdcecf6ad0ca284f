import { guestAgentNames, metadataNames } from "../../kubevirt/os_names.ts";
import { type OtherReader, otherReader, readerOfName } from "../../kubevirt/other_reader.ts";
import { truncate } from "../../text/truncate.ts";
import type { CheckContext } from "./check_context.ts";
import { guestNames } from "./guest_names.ts";

/** A reader that takes no MIME message, and that the guest may have. */
export interface PossibleReader {
  readonly reader: OtherReader;
  /** Whether all guests of this name have it. */
  readonly isInAll: boolean;
  /** What says so, as a clause for people. */
  readonly evidence: string;
}

/**
 * Readers of guests of which some images have cloud-init, and others do not: FreeBSD nuageinit(7); Alpine's
 * tiny-cloud; SUSE's Deployment Guide of SLE Micro (Ignition, Combustion); mudler/yip (Elemental, Harvester).
 */
const READERS_OF_SOME: readonly OtherReader[] = [
  otherReader("Alpine", "alpine", "tiny-cloud ignores a MIME message, and cloud-init reads it"),
  otherReader(
    "SLE Micro or MicroOS",
    "microos|(?:sle|sl|suse|leap)[-_.]?micro",
    "Ignition takes a MIME message for a broken configuration, and cloud-init reads it",
  ),
  otherReader(
    "Elemental or Harvester",
    "elemental|harvester",
    "yip ignores a MIME message, and cloud-init reads it",
  ),
  otherReader(
    "a BSD",
    "(?:free|open|net|ghost|dragonfly)[-_.]?bsd",
    "readers such as nuageinit ignore a MIME message, and cloud-init finds no virtiofs there",
  ),
];

/** Content of a cloud-config that another reader than cloud-init acts on: yip's stages, k3OS' and CoreOS' own keys. */
const FOREIGN_KEYS: readonly (readonly [RegExp, string])[] = [
  [/^stages:/m, "kairos"],
  [/^k3os:/m, "k3os"],
  [/^rancher:/m, "rancheros"],
  [/^coreos:/m, "flatcar"],
];

/** The reader that takes no MIME message and that something names, but not for certain. */
export function possibleReader(context: CheckContext): PossibleReader | undefined {
  const { vmi, plan } = context;
  const names = [
    ...metadataNames(vmi),
    ...guestAgentNames(vmi),
    ...guestNames(context).map((name) => ({ name, evidence: `a name is ${truncate(name)}` })),
  ];
  for (const { name, evidence } of names) {
    const inAll = readerOfName(name);
    const reader = inAll ?? READERS_OF_SOME.find((candidate) => candidate.names.test(name));
    if (reader !== undefined) return { reader, isInAll: inAll !== undefined, evidence };
  }
  if (plan.kind !== "planned") return undefined;
  const text = new TextDecoder().decode(plan.guest.original);
  const key = FOREIGN_KEYS.find(([pattern]) => pattern.test(text))?.[1];
  const reader = key === undefined ? undefined : readerOfName(key);
  return reader &&
    { reader, isInAll: true, evidence: "the user data has a key that only its reader acts on" };
}

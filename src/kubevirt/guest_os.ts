import { guestAgentNames, imageName, metadataNames, type OsName } from "./os_names.ts";
import type { Vmi } from "./vmi.ts";

/** The operating systems that the sidecar can serve. */
export type GuestOs = "linux" | "windows";

/** What a decision about the guest's operating system is based on, strongest first. */
export type OsSource =
  /** The VM's owner, by `--os`. */
  | "flag"
  | "sysprep volume"
  | "metadata"
  | "guest agent"
  | "user data"
  | "image"
  | "hyperv"
  /** No hint: Linux is assumed. */
  | "none";

/** An operating system, and the evidence for it, for people: a field and its value, or a reason. Never user data. */
export interface OsHint {
  readonly os: GuestOs;
  readonly evidence: string;
}

/** The operating system that the guest is served as. */
export interface GuestOsVerdict extends OsHint {
  readonly source: OsSource;
}

const WINDOWS_NAME = /^(windows|win(?=$|[-._\d]|xp|vista|server)|microsoft|mswindows|w2k)/i;
const LINUX_NAME = new RegExp(
  "^(linux|alma|alpine|amazon|amzn|arch|bottlerocket|centos|cirros|coreos|debian|fedora|fcos|flatcar|" +
    "gentoo|kairos|kali|nixos|opensuse|ol(?=\\d)|oracle|photon|rhcos|rhel|rocky|scos|silverblue|" +
    "sles?(?=$|[-._\\d])|suse|talos|ubuntu|vyos)",
  "i",
);

/**
 * Decides which operating system the guest of a VMI has: by the strongest hint, or Linux without a hint. EFI is no
 * hint: Linux guests boot with it too.
 *
 * @param userDataHint Called only if there is no stronger hint.
 */
export function detectGuestOs(vmi: Vmi, userDataHint: () => OsHint | undefined): GuestOsVerdict {
  const hints: readonly (readonly [OsSource, () => OsHint | undefined])[] = [
    ["sysprep volume", () => sysprepHint(vmi)],
    ["metadata", () => namedHint(metadataNames(vmi))],
    ["guest agent", () => namedHint(guestAgentNames(vmi))],
    ["user data", userDataHint],
    ["image", () => imageHint(vmi)],
    ["hyperv", () => hypervHint(vmi)],
  ];
  for (const [source, hint] of hints) {
    const found = hint();
    if (found !== undefined) return { ...found, source };
  }
  return { os: "linux", source: "none", evidence: "no hint of another guest" };
}

function sysprepHint({ hasSysprepVolume }: Vmi): OsHint | undefined {
  return hasSysprepVolume ? { os: "windows", evidence: "the VMI has a sysprep volume" } : undefined;
}

function namedHint(names: readonly OsName[]): OsHint | undefined {
  for (const { name, evidence } of names) {
    const os = osOfName(name);
    if (os !== undefined) return { os, evidence };
  }
  return undefined;
}

/**
 * Linux, if the image of the boot disk is named after a distribution. People name images after what is in them, and
 * give hyperv features to Linux guests too.
 */
function imageHint({ bootImages: [image] }: Vmi): OsHint | undefined {
  if (image === undefined) return undefined;
  const { name, evidence } = imageName(image);
  return LINUX_NAME.test(name.replace(/.*\//, "")) ? { os: "linux", evidence } : undefined;
}

function hypervHint({ hasHypervFeatures, hasHypervClock }: Vmi): OsHint | undefined {
  if (hasHypervFeatures) {
    return { os: "windows", evidence: "spec.domain.features has hyperv enlightenments" };
  }
  return hasHypervClock
    ? { os: "windows", evidence: "spec.domain.clock.timer has a hyperv timer" }
    : undefined;
}

/** The operating system that a name starts with. */
export function osOfName(name: string): GuestOs | undefined {
  if (WINDOWS_NAME.test(name)) return "windows";
  return LINUX_NAME.test(name) ? "linux" : undefined;
}

import { truncate } from "../text/truncate.ts";
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

/** Annotations and labels that KubeVirt's tooling, common-templates and instance types write. */
const OS_METADATA_KEYS = [
  "kubevirt.io/preference-name",
  "kubevirt.io/cluster-preference-name",
  "vm.kubevirt.io/os",
  "kubevirt.io/os",
  "vm.kubevirt.io/template",
  "template.kubevirt.io/name",
];

/** common-templates label a VM `os.template.kubevirt.io/<os>: "true"`. */
const OS_TEMPLATE_LABEL = "os.template.kubevirt.io/";

const WINDOWS_NAME = /^(windows|win(?=$|[-._\d]|xp|vista|server)|microsoft|mswindows|w2k)/i;
const LINUX_NAME = new RegExp(
  "^(linux|alma|alpine|amazon|amzn|arch|bottlerocket|centos|cirros|coreos|debian|fedora|fcos|flatcar|" +
    "gentoo|kali|nixos|opensuse|ol(?=\\d)|oracle|rhcos|rhel|rocky|scos|silverblue|sles?(?=$|[-._\\d])|suse|" +
    "talos|ubuntu)",
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
    ["metadata", () => metadataHint(vmi)],
    ["guest agent", () => guestAgentHint(vmi)],
    ["user data", userDataHint],
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

function metadataHint(vmi: Vmi): OsHint | undefined {
  for (const { name, evidence } of metadataNames(vmi)) {
    const os = osOfName(name);
    if (os !== undefined) return { os, evidence };
  }
  return undefined;
}

/** The names of operating systems in a VMI's annotations and labels, strongest first, with their evidence. */
export function metadataNames(
  vmi: Vmi,
): readonly { readonly name: string; readonly evidence: string }[] {
  return [
    ...OS_METADATA_KEYS.flatMap((key) =>
      ([["annotation", vmi.annotations], ["label", vmi.labels]] as const).flatMap(
        ([kind, metadata]) => {
          const name = metadata.get(key);
          return name === undefined
            ? []
            : [{ name, evidence: `the ${kind} ${key} is ${truncate(name)}` }];
        },
      )
    ),
    ...[...vmi.labels.keys()].filter((key) => key.startsWith(OS_TEMPLATE_LABEL)).map((key) => ({
      name: key.slice(OS_TEMPLATE_LABEL.length),
      evidence: `the label ${truncate(key)} is set`,
    })),
  ];
}

function guestAgentHint({ guestAgentOs }: Vmi): OsHint | undefined {
  for (const [field, value] of Object.entries(guestAgentOs)) {
    const os = osOfName(value);
    if (os !== undefined) {
      return { os, evidence: `status.guestOSInfo.${field} is ${truncate(value)}` };
    }
  }
  return undefined;
}

function hypervHint({ hasHypervFeatures, hasHypervClock }: Vmi): OsHint | undefined {
  if (hasHypervFeatures) {
    return { os: "windows", evidence: "spec.domain.features has hyperv enlightenments" };
  }
  return hasHypervClock
    ? { os: "windows", evidence: "spec.domain.clock.timer has a hyperv timer" }
    : undefined;
}

function osOfName(name: string): GuestOs | undefined {
  if (WINDOWS_NAME.test(name)) return "windows";
  return LINUX_NAME.test(name) ? "linux" : undefined;
}

import { truncate } from "../text/truncate.ts";
import type { Vmi } from "./vmi.ts";

/** The operating systems that the sidecar can serve. */
export type GuestOs = "linux" | "windows";

/** Which guest it is, and what says so. */
export interface GuestOsVerdict {
  readonly os: GuestOs;
  /** The evidence, for people: a field and its value, or a reason. Never user data. */
  readonly evidence: string;
}

/** What the user data says, if anything. It is asked only where nothing stronger speaks. */
export type UserDataWitness = () => GuestOsVerdict | undefined;

/** One kind of evidence: its verdict, or nothing if it does not speak. */
type Witness = (vmi: Vmi, userData: UserDataWitness) => GuestOsVerdict | undefined;

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

/** Strongest first. EFI is no evidence: Linux guests boot with it too. */
const WITNESSES: readonly Witness[] = [
  (vmi) =>
    vmi.hasSysprepVolume ? { os: "windows", evidence: "the VMI has a sysprep volume" } : undefined,
  metadataWitness,
  (vmi) => {
    for (const [field, value] of Object.entries(vmi.guestAgentOs)) {
      const os = osOfName(value);
      if (os !== undefined) {
        return { os, evidence: `status.guestOSInfo.${field} is ${truncate(value)}` };
      }
    }
    return undefined;
  },
  (_vmi, userData) => userData(),
  (vmi) =>
    vmi.hasHypervFeatures
      ? { os: "windows", evidence: "spec.domain.features has hyperv enlightenments" }
      : undefined,
  (vmi) =>
    vmi.hasHypervClock
      ? { os: "windows", evidence: "spec.domain.clock.timer has a hyperv timer" }
      : undefined,
];

/** Decides which guest a VMI runs: by the strongest evidence that speaks, or Linux if none does. */
export function detectGuestOs(vmi: Vmi, userData: UserDataWitness): GuestOsVerdict {
  for (const witness of WITNESSES) {
    const verdict = witness(vmi, userData);
    if (verdict !== undefined) return verdict;
  }
  return { os: "linux", evidence: "nothing says otherwise" };
}

function metadataWitness(vmi: Vmi): GuestOsVerdict | undefined {
  for (const key of OS_METADATA_KEYS) {
    for (
      const [kind, metadata] of [["annotation", vmi.annotations], ["label", vmi.labels]] as const
    ) {
      const value = metadata.get(key) ?? "";
      const os = osOfName(value);
      if (os !== undefined) return { os, evidence: `the ${kind} ${key} is ${truncate(value)}` };
    }
  }
  for (const key of vmi.labels.keys()) {
    const os = key.startsWith(OS_TEMPLATE_LABEL)
      ? osOfName(key.slice(OS_TEMPLATE_LABEL.length))
      : undefined;
    if (os !== undefined) return { os, evidence: `the label ${truncate(key)} is set` };
  }
  return undefined;
}

function osOfName(name: string): GuestOs | undefined {
  if (WINDOWS_NAME.test(name)) return "windows";
  return LINUX_NAME.test(name) ? "linux" : undefined;
}

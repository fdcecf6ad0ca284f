import { member, objectMember, stringMember } from "../../../text/json.ts";
import type { Finding } from "../finding.ts";
import { hasGate, runningVersion, versionNumber } from "../kubevirt_configuration.ts";
import { disksOf, findingAt, type Rule, type Subject, volumesOf } from "../check_context.ts";

/** The members that say what a volume is: one of them (vmi-create-admitter.go, validateVolumes). */
const SOURCES = [
  "persistentVolumeClaim",
  "sysprep",
  "cloudInitNoCloud",
  "cloudInitConfigDrive",
  "containerDisk",
  "ephemeral",
  "emptyDisk",
  "hostDisk",
  "dataVolume",
  "configMap",
  "secret",
  "downwardAPI",
  "serviceAccount",
  "downwardMetrics",
  "memoryDump",
  "containerPath",
];

/** A name that YAML takes for something else than text. */
export const metadataName: Rule = ({ virtualMachine: { manifest } }) => {
  const name = member(objectMember(manifest.object, "metadata"), "name");
  if (name === undefined || typeof name === "string") return [];
  return [{
    code: "metadata-name",
    severity: "error",
    manifest,
    path: ["metadata", "name"],
    what:
      "The name is not a string: without quotes YAML takes it for something else, such as a number.",
    why: "The API server refuses the VM.",
    mend: "Put the name into quotes.",
  }];
};

/**
 * KubeVirt refuses the VM because of its volumes. A volume that no disk and no filesystem names is no reason:
 * KubeVirt adds a disk for it (pkg/util/util.go, SetDefaultVolumeDisk).
 */
export const volumesRefused: Rule = (subject) =>
  volumesOf(subject).flatMap((volume, index, volumes) => {
    const name = stringMember(volume, "name") ?? "";
    const sources = SOURCES.filter((source) => objectMember(volume, source) !== undefined);
    const before = volumes.slice(0, index);
    if (before.some((other) => stringMember(other, "name") === name)) {
      return [refused(subject, index, `Two volumes have the name ${name}.`, "Rename one of them.")];
    }
    if (sources.length > 1) {
      return [
        refused(
          subject,
          index,
          `The volume ${name} is several at once: ${sources.join(", ")}.`,
          "Keep one, and make a volume of its own for the other.",
        ),
      ];
    }
    const isSecond = sources[0] === "serviceAccount" &&
      before.some((other) => objectMember(other, "serviceAccount") !== undefined);
    return isSecond
      ? [
        refused(
          subject,
          index,
          `The volume ${name} is a second one with a service account.`,
          "Keep one of them: a pod has one service account.",
        ),
      ]
      : [];
  });

function refused(subject: Subject, index: number, what: string, mend: string): Finding {
  return findingAt(subject, ["spec", "volumes", index], {
    code: "volumes-refused",
    severity: "error",
    what,
    why: "KubeVirt refuses the VM.",
    mend,
  });
}

/** KubeVirt refuses a disk of no volume (vmi-create-admitter.go, validateBootOrder). */
export const diskWithoutVolume: Rule = (subject) => {
  const names = new Set(volumesOf(subject).map((volume) => stringMember(volume, "name")));
  return disksOf(subject).flatMap((disk, index) => {
    const name = stringMember(disk, "name") ?? "";
    if (names.has(name) || member(disk, "cdrom") !== undefined && mayBeEmpty(subject)) return [];
    return [findingAt(subject, ["spec", "domain", "devices", "disks", index, "name"], {
      code: "disk-without-volume",
      severity: "error",
      what: `The disk ${name} has no volume of that name.`,
      why: "KubeVirt refuses the VM.",
      mend: `Add the volume ${name} to spec.volumes, or remove the disk.`,
    })];
  });
};

/**
 * Whether a CD-ROM drive may have nothing in it: with a gate that came with KubeVirt 1.6 and is on by itself since
 * 1.9 (pkg/virt-config/featuregate/active.go). Nothing is known of it without the KubeVirt manifest and its version.
 */
function mayBeEmpty({ kubevirt }: Subject): boolean {
  const version = kubevirt && runningVersion(kubevirt);
  return kubevirt === undefined || version === undefined || version >= versionNumber(1, 9) ||
    version >= versionNumber(1, 6) && hasGate(kubevirt, "DeclarativeHotplugVolumes");
}

export const ADMISSION_RULES: readonly Rule[] = [metadataName, volumesRefused, diskWithoutVolume];

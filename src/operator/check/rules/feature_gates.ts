import { objectMember, objectsMember, stringMember } from "../../../text/json.ts";
import { HOOK_SIDECARS_ANNOTATION } from "../../manifest/hook_sidecars.ts";
import type { Finding } from "../finding.ts";
import { GATES_PATH, hasGate, runningVersion, versionNumber } from "../kubevirt_configuration.ts";
import type { Rule, Subject } from "../check_context.ts";

/** The version that put virtiofs behind a gate for each kind of volume. */
const V1_5 = versionNumber(1, 5);
/** The version that brought containerPath volumes, and that made virtiofs for ConfigMaps and the like general. */
const V1_8 = versionNumber(1, 8);

/** KubeVirt refuses a VM with the annotation unless Sidecar is on. */
export const gateSidecar: Rule = (subject) =>
  gateMissing(subject, "Sidecar", needsGate(subject), {
    code: "gate-sidecar",
    why: "KubeVirt refuses a VM that has the annotation hooks.kubevirt.io/hookSidecars.",
  });

/** KubeVirt looks for the gate unless the annotation is empty (ValidateVirtualMachineInstanceMetadata). */
function needsGate({ vmi }: Subject): boolean {
  return Boolean(vmi.annotations.get(HOOK_SIDECARS_ANNOTATION));
}

/** KubeVirt makes no pod for a VM with a containerPath volume unless the gate is on. */
export const gateContainerPath: Rule = (subject) =>
  gateMissing(
    subject,
    "ContainerPathVolumes",
    subject.vmi.containerPathVolumes.length > 0 && !isBefore(subject, V1_8),
    {
      code: "gate-container-path",
      why: "KubeVirt makes no pod for a VM with a containerPath volume.",
    },
  );

/** Older KubeVirts do not know containerPath volumes at all. */
export const kubevirtTooOld: Rule = (subject) => {
  const { kubevirt, vmi } = subject;
  if (kubevirt === undefined || vmi.containerPathVolumes.length === 0 || !isBefore(subject, V1_8)) {
    return [];
  }
  return [{
    code: "kubevirt-too-old",
    severity: "error",
    manifest: kubevirt,
    path: ["status", "observedKubeVirtVersion"],
    what: "The VM has a containerPath volume, which this KubeVirt does not know.",
    why: "containerPath volumes came with KubeVirt 1.8.",
    mend: "Upgrade KubeVirt, or share the token with the IRSA mutation webhook.",
  }];
};

/** Sharing a PVC or a DataVolume by virtiofs is behind a gate of its own since 1.5. */
export const gateVirtiofsStorage: Rule = (subject) =>
  gateMissing(
    subject,
    "EnableVirtioFsStorageVolumes",
    !isBefore(subject, V1_5) && !hasOldGate(subject) &&
      sharesVolume(subject, ["persistentVolumeClaim", "dataVolume"]),
    {
      code: "gate-virtiofs-storage",
      why: "KubeVirt refuses a VM that shares a PersistentVolumeClaim or a DataVolume by virtiofs.",
    },
  );

/** From 1.5 to 1.7, sharing a service account by virtiofs was behind a gate too. */
export const gateVirtiofsConfig: Rule = (subject) =>
  gateMissing(
    subject,
    "EnableVirtioFsConfigVolumes",
    isBefore(subject, V1_8) && !isBefore(subject, V1_5) && !hasOldGate(subject) &&
      sharesVolume(subject, ["serviceAccount", "configMap", "secret", "downwardAPI"]),
    {
      code: "gate-virtiofs-config",
      why:
        "From 1.5 to 1.7 KubeVirt shares service accounts, ConfigMaps and Secrets by virtiofs only with it.",
    },
  );

function gateMissing(
  { kubevirt }: Subject,
  gate: string,
  isNeeded: boolean,
  { code, why }: Pick<Finding, "code" | "why">,
): readonly Finding[] {
  if (kubevirt === undefined || !isNeeded || hasGate(kubevirt, gate)) return [];
  return [{
    code,
    severity: "error",
    manifest: kubevirt,
    path: GATES_PATH,
    what: `The feature gate ${gate} of KubeVirt is off.`,
    why,
    mend: `Add ${gate} to ${GATES_PATH.join(".")}.`,
  }];
}

function isBefore({ kubevirt }: Subject, version: number): boolean {
  const running = kubevirt && runningVersion(kubevirt);
  return running !== undefined && running < version;
}

/** Up to 1.7 the gate of before 1.5 stood for both (pkg/virt-config/feature-gates.go, OldVirtiofsEnabled). */
function hasOldGate(subject: Subject): boolean {
  return subject.kubevirt !== undefined && isBefore(subject, V1_8) &&
    hasGate(subject.kubevirt, "ExperimentalVirtiofsSupport");
}

function sharesVolume({ vmi, virtualMachine }: Subject, kinds: readonly string[]): boolean {
  return objectsMember(objectMember(virtualMachine.vmi, "spec"), "volumes").some((volume) =>
    vmi.virtiofsFilesystems.has(stringMember(volume, "name") ?? "") &&
    kinds.some((kind) => objectMember(volume, kind) !== undefined)
  );
}

export const FEATURE_GATE_RULES: readonly Rule[] = [
  gateSidecar,
  gateContainerPath,
  kubevirtTooOld,
  gateVirtiofsStorage,
  gateVirtiofsConfig,
];

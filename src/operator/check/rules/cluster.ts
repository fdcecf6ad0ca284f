import { HOOK_SIDECARS_ANNOTATION } from "../../../kubevirt/annotations.ts";
import { member } from "../../../text/json.ts";
import type { CheckContext } from "../check_context.ts";
import {
  gateFix,
  hasGate,
  runningVersion,
  sidecarLimits,
  versionNumber,
} from "../kubevirt_configuration.ts";
import { quantity } from "../quantity.ts";
import type { Problem, Rule } from "../rule.ts";

/** The first version with containerPath volumes. */
const V1_8 = versionNumber(1, 8);

/** KubeVirt's default for a sidecar of a Guaranteed pod. Measurements show that it is enough. */
const MEASURED_MEMORY_BYTES = 64e6;

/** Mistakes in the cluster's KubeVirt. */
export const CLUSTER_RULES: readonly Rule[] = [
  {
    code: "gate-sidecar",
    severity: "error",
    looksAt: "The cluster",
    summary: "the feature gate `Sidecar` is off",
    // KubeVirt requires the gate unless the annotation is empty (ValidateVirtualMachineInstanceMetadata).
    find: (context) =>
      gateMissing(
        context,
        "Sidecar",
        Boolean(context.vmi.annotations.get(HOOK_SIDECARS_ANNOTATION)),
        "KubeVirt refuses a VM that has the annotation hooks.kubevirt.io/hookSidecars.",
      ),
  },
  {
    code: "gate-container-path",
    severity: "error",
    looksAt: "The cluster",
    summary: "a `containerPath` volume, and the gate `ContainerPathVolumes` is off",
    find: (context) =>
      gateMissing(
        context,
        "ContainerPathVolumes",
        context.vmi.containerPathVolumes.length > 0 && !isBefore(context, V1_8),
        "KubeVirt makes no pod for a VM with a containerPath volume.",
      ),
  },
  {
    code: "kubevirt-too-old",
    severity: "error",
    looksAt: "The cluster",
    summary: "a `containerPath` volume, and KubeVirt before 1.8",
    find(context) {
      const { kubevirt, vmi } = context;
      if (kubevirt === undefined || vmi.containerPathVolumes.length === 0) return [];
      if (!isBefore(context, V1_8)) return [];
      return [{
        manifest: kubevirt,
        path: ["status", "observedKubeVirtVersion"],
        what: "The VM has a containerPath volume, which this KubeVirt does not know.",
        why: "containerPath volumes came with KubeVirt 1.8.",
        fix: "Upgrade KubeVirt, or share the token with the IRSA mutation webhook.",
      }];
    },
  },
  {
    code: "sidecar-memory",
    severity: "warning",
    looksAt: "The cluster",
    summary: "KubeVirt limits sidecars to less than 64M",
    find({ kubevirt }) {
      const configured = kubevirt && sidecarLimits(kubevirt);
      const memory = quantity(member(configured?.limits, "memory"));
      if (kubevirt === undefined || configured === undefined || memory === undefined) return [];
      if (memory >= MEASURED_MEMORY_BYTES) return [];
      return [{
        manifest: kubevirt,
        path: [...configured.path, "memory"],
        what: "KubeVirt limits hook sidecars to less than 64M of memory.",
        why: "The sidecar needs up to 64M, KubeVirt's own default for Guaranteed pods.",
        fix: "Raise the limit to 64M or more, or remove it.",
      }];
    },
  },
];

function gateMissing(
  { kubevirt }: CheckContext,
  gate: string,
  isNeeded: boolean,
  why: string,
): readonly Problem[] {
  if (kubevirt === undefined || !isNeeded || hasGate(kubevirt, gate)) return [];
  return [{
    manifest: kubevirt,
    ...gateFix(kubevirt, gate),
    what: `The feature gate ${gate} of KubeVirt is off.`,
    why,
  }];
}

function isBefore({ kubevirt }: CheckContext, version: number): boolean {
  const running = kubevirt && runningVersion(kubevirt);
  return running !== undefined && running < version;
}

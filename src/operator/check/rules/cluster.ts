import { HOOK_SIDECARS_ANNOTATION } from "../../../kubevirt/metadata.ts";
import { member } from "../../../text/json.ts";
import { deliveryOf } from "../../manifest_plan/delivery.ts";
import type { CheckContext } from "../check_context.ts";
import {
  gateFix,
  hasGate,
  isOlderThan,
  sidecarLimits,
  versionNumber,
} from "../kubevirt_configuration.ts";
import { quantity } from "../quantity.ts";
import type { Problem, Rule } from "../rule.ts";

/** The first version with containerPath volumes. */
const V1_8 = versionNumber(1, 8);

/** KubeVirt's default for a sidecar of a Guaranteed pod. Measurements show that it is enough. */
const MEASURED_MEMORY_BYTES = 64e6;

/** The Plugin of examples/plugin-device-address.yaml. */
const ADDRESS_PLUGIN = "zz-eks-irsa-sidecar-device-address";

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
        context.vmi.containerPathVolumes.length > 0 && !isOlderThan(context.kubevirt, V1_8),
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
      if (!isOlderThan(kubevirt, V1_8)) return [];
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
    code: "gate-plugins",
    severity: "warning",
    looksAt: "The cluster",
    summary: "the gate `Plugins` is on: a Plugin takes from the domain what the sidecar adds",
    // kubevirt/kubevirt pkg/virt-launcher/virtwrap/plugins/pipeline.go, ApplyDomainHooks: the domain goes through
    // KubeVirt's own structs, which have no field for a filesystem's address, and none for OEM strings.
    find({ kubevirt, share, hookPoints, manifests, plan }) {
      if (kubevirt === undefined || !hasGate(kubevirt, "Plugins")) return [];
      const place = {
        manifest: kubevirt,
        path: gateFix(kubevirt, "Plugins").path,
        what: "The feature gate Plugins of KubeVirt is on.",
      };
      const always = "As soon as the cluster has a Plugin, whatever its condition, KubeVirt takes ";
      const plugins = manifests.filter(({ kind }) => kind === "Plugin");
      if (plan.kind === "planned" && deliveryOf(plan) === "domain") {
        return [{
          ...place,
          severity: plugins.length > 0 ? "error" : "warning",
          why: `${always}the OEM strings from the domain, by which this guest would get its role.`,
          fix:
            "Use an image with cloud-init and a cloud-init volume, or have no Plugin in the cluster.",
        }];
      }
      const losesAddress = share.kind === "webhook" && hookPoints.has("OnDefineDomain") &&
        !plugins.some(({ name }) => name === ADDRESS_PLUGIN);
      if (!losesAddress) return [];
      return [{
        ...place,
        why:
          `${always}the PCI address from the device that the sidecar adds. libvirt then chooses one: the VM's ` +
          "interface enp1s0 becomes enp2s0.",
        fix:
          "Share the token with a containerPath volume, for which the sidecar adds no device, or create the Plugin " +
          "examples/plugin-device-address.yaml, which puts the address back.",
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

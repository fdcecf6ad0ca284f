import { member, objectMember, objectsMember, stringMember } from "../../../text/json.ts";
import { guaranteedBy } from "../guaranteed.ts";
import {
  clusterEvictionStrategy,
  sidecarLimits,
  UPDATE_METHODS_PATH,
  updatesByMigration,
} from "../kubevirt_configuration.ts";
import { mayBeMigratable } from "../migratable.ts";
import { quantity } from "../quantity.ts";
import { mayHaveRole } from "../role.ts";
import { findingAt, type Rule, type Subject } from "../check_context.ts";

/** What KubeVirt gives a sidecar of a Guaranteed pod, which the sidecar is measured to fit. */
const MEASURED_MEMORY = 64e6;

const WINDOWS_NAME = /(^|[^a-z])(windows|win(\d|xp|server|$|[^a-z])|w2k)/i;

/** Names that speak of Windows, and a guest that is taken for Linux because nothing else does. */
export const guestDoubtful: Rule = (subject) => {
  const { plan, virtualMachine } = subject;
  if ("failure" in plan || plan.guest.verdict.evidence !== "nothing says otherwise") return [];
  const name = namesOf(subject).find((candidate) => WINDOWS_NAME.test(candidate));
  if (name === undefined) return [];
  const where = virtualMachine.vmiPath.length > 0 ? "the template's labels" : "the labels";
  return [findingAt(subject, ["metadata"], {
    code: "guest-doubtful",
    severity: "warning",
    what: `The guest is taken for Linux, and ${name} sounds like Windows.`,
    why: "A Windows guest does not act on what the sidecar writes for a Linux guest.",
    mend:
      `Give the sidecar the args ["--os", "windows"], or add to ${where}: kubevirt.io/os: windows`,
  })];
};

/**
 * A migration moves the share to another virtiofsd. A node's drain migrates a VM by its eviction strategy
 * (pkg/virt-controller/watch/drain/evacuation); External leaves it to somebody else. KubeVirt's own update
 * migrates every VM that can be, whatever its strategy (pkg/virt-controller/watch/workload-updater).
 */
export const liveMigration: Rule = (subject) => {
  const { kubevirt, virtualMachine: { vmi } } = subject;
  if (!mayBeMigratable(vmi)) return [];
  const own = stringMember(objectMember(vmi, "spec"), "evictionStrategy");
  const strategy = own ?? clusterEvictionStrategy(kubevirt);
  const isUpdated = kubevirt !== undefined && updatesByMigration(kubevirt);
  const finding = {
    code: "live-migration",
    severity: "warning",
    why:
      "The share moves to a virtiofsd in the new pod, where the token's folder has another dated name: " +
      "what a program has open in the share may be lost to it. Programs read the guest's own copy of the " +
      "token, which moves with the guest.",
  } as const;
  const trial = "Try one migration under your workload.";
  if (strategy === "LiveMigrate" || strategy === "LiveMigrateIfPossible") {
    const where = own === undefined ? "by the cluster's default" : "by its own wish";
    return [findingAt(subject, own === undefined ? ["spec"] : ["spec", "evictionStrategy"], {
      ...finding,
      what: `The VM may be migrated while it runs: its eviction strategy is ${strategy}, ${where}.`,
      mend: `${trial} With evictionStrategy: None the drain of a node shuts the VM down instead; ${
        isUpdated ? "KubeVirt's own update (workloadUpdateMethods)" : "virtctl migrate"
      } still migrates it.`,
    })];
  }
  if (kubevirt === undefined || !isUpdated) return [];
  return [{
    ...finding,
    manifest: kubevirt,
    path: UPDATE_METHODS_PATH,
    what: "The VM may be migrated while it runs: KubeVirt does so when it is updated itself.",
    mend: `${trial} Its own evictionStrategy does not keep the VM from it.`,
  }];
};

/** The webhook's container takes the QoS class Guaranteed from the pod. */
export const guaranteedWithWebhook: Rule = (subject) => {
  const path = guaranteedBy(subject.virtualMachine.vmi);
  const needsWebhook = subject.share.socket !== undefined;
  const isThere = subject.webhook !== undefined && mayHaveRole(subject);
  if (path === undefined || !needsWebhook && !isThere) return [];
  return [findingAt(subject, path, {
    code: "guaranteed-with-webhook",
    severity: "warning",
    what: "The VM wants a pod of the QoS class Guaranteed, and the " +
      (needsWebhook
        ? "token comes by the IRSA mutation webhook."
        : "IRSA mutation webhook adds its container to the pod."),
    why:
      "The webhook's container requests less than its limits, so that the pod becomes Burstable: " +
      "Kubernetes then gives it no CPUs of its own.",
    mend: (needsWebhook
      ? "Share the token with a containerPath volume (KubeVirt 1.8)"
      : "Keep the webhook from the VM's namespace with its namespaceSelector") +
      ", or make the webhook's requests equal its limits.",
  })];
};

/** KubeVirt is told to give sidecars less memory than this one was measured to need. */
export const sidecarMemory: Rule = ({ kubevirt }) => {
  const configured = kubevirt && sidecarLimits(kubevirt);
  const memory = quantity(member(configured?.limits, "memory"));
  if (kubevirt === undefined || configured === undefined || memory === undefined) return [];
  if (memory >= MEASURED_MEMORY) return [];
  return [{
    code: "sidecar-memory",
    severity: "warning",
    manifest: kubevirt,
    path: [...configured.path, "memory"],
    what: "KubeVirt limits hook sidecars to less than 64M of memory.",
    why: "The sidecar is measured to run within 64M, KubeVirt's own default for Guaranteed pods.",
    mend: "Raise the limit to 64M or more, or leave it out.",
  }];
};

/** Names in which people say what the guest is. */
function namesOf({ vmi, virtualMachine }: Subject): readonly string[] {
  const volumes = objectsMember(objectMember(virtualMachine.vmi, "spec"), "volumes");
  return [
    vmi.name,
    ...volumes.flatMap((volume) => [
      stringMember(volume, "name"),
      stringMember(objectMember(volume, "containerDisk"), "image"),
      stringMember(objectMember(volume, "persistentVolumeClaim"), "claimName"),
      stringMember(objectMember(volume, "dataVolume"), "name"),
    ]),
  ].filter((name) => name !== undefined);
}

export const RUNNING_RULES: readonly Rule[] = [
  guestDoubtful,
  liveMigration,
  guaranteedWithWebhook,
  sidecarMemory,
];

import { objectMember, stringMember } from "../../../text/json.ts";
import type { CheckContext } from "../check_context.ts";
import { guaranteedBy } from "../guaranteed.ts";
import {
  clusterEvictionStrategy,
  UPDATE_METHODS_PATH,
  updatesByMigration,
} from "../kubevirt_configuration.ts";
import { atVmi, volumesOf } from "../places.ts";
import { mayHaveRole } from "../role.ts";
import type { Rule } from "../rule.ts";

const WINDOWS_NAME = /(^|[^a-z])(windows|win(\d|xp|server|$|[^a-z])|w2k)/i;

const guestDoubtful: Rule = {
  code: "guest-doubtful",
  severity: "warning",
  looksAt: "The user data and the guest",
  summary: "taken for Linux, and its names sound like Windows",
  find(context) {
    const { plan, virtualMachine } = context;
    if (plan.kind !== "planned" || plan.guest.os.source !== "none") return [];
    const name = namesOf(context).find((candidate) => WINDOWS_NAME.test(candidate));
    if (name === undefined) return [];
    const where = virtualMachine.vmiPath.length > 0 ? "the template's labels" : "the labels";
    return [atVmi(context, ["metadata"], {
      what: `The guest is taken for Linux, and ${name} sounds like Windows.`,
      why: "A Windows guest does not act on what the sidecar writes for a Linux guest.",
      fix:
        `Give the sidecar the args ["--os", "windows"], or add to ${where}: kubevirt.io/os: windows`,
    })];
  },
};

const liveMigration: Rule = {
  code: "live-migration",
  severity: "warning",
  looksAt: "The VM while it runs",
  summary: "the VM may be migrated: see below",
  // A node's drain migrates a VM by its eviction strategy (pkg/virt-controller/watch/drain/evacuation); External
  // leaves it to somebody else. KubeVirt's own update migrates every VM that can be, whatever its strategy
  // (pkg/virt-controller/watch/workload-updater).
  find(context) {
    const { kubevirt, virtualMachine: { vmi } } = context;
    const own = stringMember(objectMember(vmi, "spec"), "evictionStrategy");
    const strategy = own ?? clusterEvictionStrategy(kubevirt);
    const isUpdated = kubevirt !== undefined && updatesByMigration(kubevirt);
    const why =
      "The share moves to a virtiofsd in the new pod, where the token's folder has another dated name: " +
      "what a program has open in the share may be lost to it. Programs read the guest's own copy of the " +
      "token, which moves with the guest.";
    const trial = "Try one migration under your workload.";
    if (strategy === "LiveMigrate" || strategy === "LiveMigrateIfPossible") {
      const where = own === undefined ? "by the cluster's default" : "by its own choice";
      return [atVmi(context, own === undefined ? ["spec"] : ["spec", "evictionStrategy"], {
        why,
        what:
          `The VM may be migrated while it runs: its eviction strategy is ${strategy}, ${where}.`,
        fix: `${trial} With evictionStrategy: None the drain of a node shuts the VM down instead; ${
          isUpdated ? "KubeVirt's own update (workloadUpdateMethods)" : "virtctl migrate"
        } still migrates it.`,
      })];
    }
    if (kubevirt === undefined || !isUpdated) return [];
    return [{
      why,
      manifest: kubevirt,
      path: UPDATE_METHODS_PATH,
      what: "The VM may be migrated while it runs: KubeVirt does so when it is updated itself.",
      fix: `${trial} Its own evictionStrategy does not keep the VM from it.`,
    }];
  },
};

const guaranteedWithWebhook: Rule = {
  code: "guaranteed-with-webhook",
  severity: "warning",
  looksAt: "The VM while it runs",
  summary: "dedicated CPUs or Guaranteed QoS, and the webhook's container",
  find(context) {
    const path = guaranteedBy(context.virtualMachine.vmi);
    const needsWebhook = context.share.kind === "webhook";
    const isThere = context.webhook !== undefined && mayHaveRole(context);
    if (path === undefined || !needsWebhook && !isThere) return [];
    return [atVmi(context, path, {
      what: "The VM wants a pod of the QoS class Guaranteed, and the " +
        (needsWebhook
          ? "token comes by the IRSA mutation webhook."
          : "IRSA mutation webhook adds its container to the pod."),
      why:
        "The webhook's container requests less than its limits, so that the pod becomes Burstable: " +
        "Kubernetes then gives it no CPUs of its own.",
      fix: (needsWebhook
        ? "Share the token with a containerPath volume (KubeVirt 1.8)"
        : "Keep the webhook from the VM's namespace with its namespaceSelector") +
        ", or make the webhook's requests equal its limits.",
    })];
  },
};

/** Names in which people say what the guest is. */
function namesOf(context: CheckContext): readonly string[] {
  return [
    context.vmi.name,
    ...volumesOf(context).flatMap((volume) => [
      stringMember(volume, "name"),
      stringMember(objectMember(volume, "containerDisk"), "image"),
      stringMember(objectMember(volume, "persistentVolumeClaim"), "claimName"),
      stringMember(objectMember(volume, "dataVolume"), "name"),
    ]),
  ].filter((name) => name !== undefined);
}

/** What may go wrong while the VM runs. */
export const RUNNING_RULES: readonly Rule[] = [
  guestDoubtful,
  liveMigration,
  guaranteedWithWebhook,
];

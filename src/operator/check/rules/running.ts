import { asObject, objectMember, stringMember } from "../../../text/json.ts";
import type { CheckContext } from "../check_context.ts";
import { guaranteedBy } from "../guaranteed.ts";
import { atVmi, volumesOf } from "../places.ts";
import { mayHaveRole } from "../role.ts";
import type { Rule } from "../rule.ts";

const WINDOWS_NAME = /(^|[^a-z])(windows|win(\d|xp|server|$|[^a-z])|w2k)/i;

/** Mistakes that show only while the VM runs. */
export const RUNNING_RULES: readonly Rule[] = [
  {
    code: "guest-doubtful",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the guest is served as Linux, and a name says Windows",
    find(context) {
      const { plan, virtualMachine } = context;
      if (plan.kind !== "planned" || plan.guest.os.source !== "none") return [];
      const name = namesOf(context).find((candidate) => WINDOWS_NAME.test(candidate));
      if (name === undefined) return [];
      const where = virtualMachine.vmiPath.length > 0 ? "the template's labels" : "the labels";
      return [atVmi(context, ["metadata"], {
        what: `The guest is served as Linux, and the name ${name} says Windows.`,
        why: "A Windows guest does not act on what the sidecar writes for a Linux guest.",
        fix:
          `Give the sidecar the args ["--os", "windows"], or add to ${where}: kubevirt.io/os: windows`,
      })];
    },
  },
  {
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
        what: "The VM needs a pod of the QoS class Guaranteed, and the IRSA mutation webhook " +
          (needsWebhook ? "shares the token." : "adds its container to the pod."),
        why:
          "The webhook's container requests less than its limits, so the pod becomes Burstable: Kubernetes then " +
          "gives it no dedicated CPUs.",
        fix: (needsWebhook
          ? "Share the token with a containerPath volume (KubeVirt 1.8)"
          : "Exclude the VM's namespace in the webhook's namespaceSelector") +
          ", or make the webhook's requests equal its limits.",
      })];
    },
  },
];

/** Names that may say which operating system the guest has. */
function namesOf(context: CheckContext): readonly string[] {
  const { metadata } = context.virtualMachine.manifest.object;
  return [
    context.vmi.name,
    // Harvester labels the VM alone, and KubeVirt copies only the template's labels.
    stringMember(objectMember(asObject(metadata), "labels"), "harvesterhci.io/os"),
    ...volumesOf(context).flatMap((volume) => [
      stringMember(volume, "name"),
      stringMember(objectMember(volume, "containerDisk"), "image"),
      stringMember(objectMember(volume, "persistentVolumeClaim"), "claimName"),
      stringMember(objectMember(volume, "dataVolume"), "name"),
    ]),
  ].filter((name) => name !== undefined);
}

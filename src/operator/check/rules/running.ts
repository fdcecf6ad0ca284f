import { guaranteedBy } from "../guaranteed.ts";
import { atVmi } from "../places.ts";
import { mayHaveIrsaRole } from "../role.ts";
import type { Rule } from "../rule.ts";

/** Mistakes that show only while the VM runs. */
export const RUNNING_RULES: readonly Rule[] = [
  {
    code: "guaranteed-with-webhook",
    severity: "warning",
    looksAt: "The VM while it runs",
    summary: "dedicated CPUs or Guaranteed QoS, and the webhook's container",
    find(context) {
      const path = guaranteedBy(context.virtualMachine.vmi);
      const needsWebhook = context.share.kind === "webhook";
      const isThere = context.webhook !== undefined && mayHaveIrsaRole(context);
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

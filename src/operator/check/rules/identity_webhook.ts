import { podIdentityWebhook } from "../pod_identity_webhook.ts";
import { mayHaveRole } from "../role.ts";
import type { Rule } from "../rule.ts";

const WITHOUT =
  "Without it the pod has no AWS_ variables and no token, and the VM does not get its role.";

/** Mistakes in how the pod identity webhook is installed. */
export const IDENTITY_WEBHOOK_RULES: readonly Rule[] = [
  {
    code: "identity-webhook-missing",
    severity: "error",
    looksAt: "The cluster",
    summary: "the pod identity webhook is not there, or leaves the VM's pod out",
    find(context) {
      const found = podIdentityWebhook(context);
      if (!mayHaveRole(context)) return [];
      switch (found.kind) {
        case "may select":
          return [];
        case "leaves out":
          return [{
            manifest: found.manifest,
            path: found.path,
            what: "The selectors of the pod identity webhook leave the VM's pod out.",
            why: WITHOUT,
            fix: "Change the selector, or the labels of the VM's template or namespace.",
          }];
        case "missing":
          return [{
            // A file with one other webhook does not show that the cluster has no more.
            severity: found.isWholeCluster ? "error" : "warning",
            manifest: found.manifest,
            path: ["metadata", "name"],
            what: "The pod identity webhook is not among the webhooks that were given.",
            why: WITHOUT,
            fix:
              "Give all: kubectl get mutatingwebhookconfigurations -o yaml. EKS and OpenShift on AWS have " +
              "the webhook; elsewhere install amazon-eks-pod-identity-webhook.",
          }];
      }
    },
  },
];

import { agentAccess } from "../../../identity/agent.ts";
import { titleOf } from "../../manifest/manifest.ts";
import { actionsMissingForPodIdentity, isTrustPolicy } from "../../manifest/trust_policy.ts";
import { guestWithOldPackages } from "../../manifest_plan/guest_release.ts";
import type { CheckContext } from "../check_context.ts";
import { defaultBinding } from "../kubevirt_configuration.ts";
import { atVmi } from "../places.ts";
import { givenRole } from "../role.ts";
import type { Rule } from "../rule.ts";

/** Mistakes that matter only where the pod has its role by EKS Pod Identity. */
export const POD_IDENTITY_RULES: readonly Rule[] = [
  {
    code: "pod-identity-network",
    severity: "warning",
    looksAt: "EKS Pod Identity",
    summary: "the VM's network may not lead to the agent (an error without the pod network)",
    find(context) {
      const { vmi: { podInterface }, kubevirt } = context;
      const access = agentAccess(context.vmi, context.identity);
      if (access?.kind !== "doubtful") return [];
      const isDefault = podInterface?.binding === "default" && kubevirt !== undefined;
      if (isDefault && defaultBinding(kubevirt) === "masquerade") return [];
      return [atVmi(context, ["spec", "domain", "devices", "interfaces"], {
        severity: podInterface === undefined ? "error" : "warning",
        what: `The VM's network may not lead to the EKS Pod Identity Agent: ${access.reason}.`,
        why:
          "The agent listens on the link-local address 169.254.170.23 of the node. Without it the guest gets no " +
          "credentials.",
        fix: "Give the VM the network {name: default, pod: {}} and the interface:",
        snippet: "{name: default, masquerade: {}}",
      })];
    },
  },
  {
    code: "pod-identity-trust",
    severity: "error",
    looksAt: "EKS Pod Identity",
    summary: "the role's trust policy does not trust EKS Pod Identity",
    find(context) {
      const policies = isPodIdentity(context) ? context.manifests.filter(isTrustPolicy) : [];
      const results = policies.map((manifest) => ({
        manifest,
        missing: actionsMissingForPodIdentity(manifest),
      }));
      // Only EKS knows which of several roles is the VM's.
      if (results.some(({ missing }) => missing.length === 0)) return [];
      return results.slice(0, 1).map(({ manifest, missing }) => ({
        manifest,
        path: [],
        what: `The trust policy does not allow ${missing.join(" and ")} to pods.eks.amazonaws.com.`,
        why:
          "EKS cannot assume the role for the pod, and the agent gives the guest no credentials.",
        fix: "Add the statement of examples/pod-identity-trust-policy.json.",
      }));
    },
  },
  {
    code: "pod-identity-irsa-webhook",
    severity: "warning",
    looksAt: "EKS Pod Identity",
    summary: "the IRSA mutation webhook, and a service account with the role of IRSA",
    // The webhook looks at the annotation alone (kubevirt/irsa-mutation-webhook internal/mutator/mutator.go), and
    // KubeVirt waits until all containers are ready (kubevirt/kubevirt pkg/controller/controller.go, IsPodReady).
    find(context) {
      const role = givenRole(context);
      if (!isPodIdentity(context) || context.webhook === undefined) return [];
      if (role?.manifest.kind !== "ServiceAccount") return [];
      return [{
        manifest: role.manifest,
        path: role.path,
        what: `${
          titleOf(role.manifest)
        } has the role of IRSA, and the cluster the IRSA mutation webhook.`,
        why:
          "The webhook adds a container that shares IRSA's folder. A pod with EKS Pod Identity does not have the " +
          "folder: the container ends, and the VM may not start.",
        fix:
          "Remove the annotation, or exclude the VM's namespace in the webhook's namespaceSelector.",
      }];
    },
  },
  {
    code: "pod-identity-packages",
    severity: "warning",
    looksAt: "EKS Pod Identity",
    summary: "the guest's own packages of the AWS CLI and SDKs may be too old",
    find(context) {
      const { virtualMachine } = context;
      const found = isPodIdentity(context) ? guestWithOldPackages(virtualMachine) : undefined;
      if (found === undefined) return [];
      return [{
        manifest: virtualMachine.manifest,
        path: found.path,
        what:
          `The guest is ${found.guest} (${found.evidence}), and its own packages may be too old.`,
        why:
          "EKS Pod Identity needs the AWS CLI 2.15.0 or 1.30.0, or an SDK such as botocore 1.34.41, Java 2.21.30 or " +
          'JavaScript 3.458. Older ones do not ask the agent; botocore says "Unsupported host".',
        fix:
          "Install newer ones, for example with the AWS CLI's own installer or with pip. If the guest has them, " +
          "ignore this warning.",
      }];
    },
  },
];

function isPodIdentity({ identity }: CheckContext): boolean {
  return identity.kind === "pod identity";
}

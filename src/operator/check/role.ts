import { findTokenShare } from "../../identity/share.ts";
import { readVmi } from "../../kubevirt/vmi.ts";
import { type AccountRole, accountRole } from "../manifest/account_role.ts";
import { findObject } from "../manifest/manifest.ts";
import type { CheckContext } from "./check_context.ts";

/** The manifest of the service account of the VM's pod; undefined if it was not given. */
export function givenServiceAccount(
  { manifests, serviceAccount, virtualMachine: { manifest } }: CheckContext,
) {
  return findObject(manifests, "ServiceAccount", manifest.namespace, serviceAccount.name);
}

/** The role of that service account; undefined if it has none, or no manifest with it was given. */
export function givenRole(
  { manifests, serviceAccount, virtualMachine: { manifest } }: CheckContext,
): AccountRole | undefined {
  return accountRole(manifests, manifest.namespace, serviceAccount.name);
}

/** Whether the service account has a role by IRSA, or its manifest was not given. */
export function mayHaveIrsaRole(context: CheckContext): boolean {
  return givenServiceAccount(context) === undefined || givenRole(context) !== undefined;
}

/** Whether the pod may have a role. The associations of EKS Pod Identity are in no manifest. */
export function mayHaveRole(context: CheckContext): boolean {
  return context.identity.kind === "pod identity" || mayHaveIrsaRole(context);
}

/**
 * What happens to a VM whose pod has no role, as a clause. The pod then has no mount that KubeVirt could share for a
 * containerPath volume (kubevirt/kubevirt pkg/virt-controller/watch/vmi/lifecycle.go, MissingVirtiofsContainers).
 */
export function withoutRole({ share, admission, identity, options }: CheckContext): string {
  const written = findTokenShare(readVmi(admission.written), identity, options.webhookShare);
  // The policy cannot see whether there is an association, and adds the share without one, too.
  if (identity.kind === "web identity" && written.kind !== share.kind) {
    return "the admission policy adds nothing to the VM, which boots as if there were no sidecar";
  }
  return share.kind === "containerPath"
    ? `the pod has no folder that KubeVirt could share for the containerPath volume ${share.tag}, and the VM does ` +
      'not start: "pod is missing virtiofs containers"'
    : "the VM boots as if there were no sidecar";
}

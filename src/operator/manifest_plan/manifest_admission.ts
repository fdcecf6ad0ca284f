import { accountOf, type Admission, admit, withParts } from "../../admission/admit.ts";
import { INJECT_LABEL, type OptIn, optIn } from "../../admission/opt_in.ts";
import { type IdentityKind, TOKEN_FOLDERS } from "../../identity/identity.ts";
import { sharedVolume } from "../../identity/share.ts";
import { labelsOf } from "../../kubevirt/metadata.ts";
import { usedServiceAccount } from "../../kubevirt/service_account.ts";
import { readVmi } from "../../kubevirt/vmi.ts";
import type { JsonObject } from "../../text/json.ts";
import { annotatedRole } from "../manifest/account_role.ts";
import { hookSidecars, ourSidecar } from "../manifest/hook_sidecars.ts";
import { findObject, type Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { type InstalledPolicy, installedPolicy } from "./installed_policy.ts";

/** What the admission policy does to the VMI of a manifest. */
export interface ManifestAdmission {
  readonly optIn: OptIn;
  readonly outcome: Admission;
  /** The kind of the pod's identity, as far as the VM says: associations of Pod Identity are in EKS's API. */
  readonly identity: IdentityKind;
  readonly policy: InstalledPolicy;
  /** The VMI as its owner wrote it. */
  readonly written: JsonObject;
  /** The VMI as it is admitted. */
  readonly admitted: JsonObject;
  /** The VMI as its owner means it: with the policy's parts, even if a mistake keeps them from being added. */
  readonly intended: JsonObject;
  /** The service account of the VM's pod, if the policy adds what the VM's owner means. */
  readonly account: string;
  /** Whether the owner lists the sidecar. */
  readonly listsSidecar: boolean;
  /** The label that decides; the place for it if there is none. */
  readonly label: { readonly manifest: Manifest; readonly path: Path };
}

/** What is known beside the manifests. */
export interface AdmissionFacts {
  /** Whether the service account has a role, whatever its manifest says. */
  readonly hasRole?: boolean;
  /** Whether KubeVirt is older than 1.9. */
  readonly isBefore19?: boolean;
}

/**
 * Finds out what the policy does. An account whose manifest was not given is assumed to have a role. The overlay for
 * the release of KubeVirt is assumed.
 *
 * @param manifests All manifests that were given, with the policy, the namespace and the service account among them.
 */
export function admissionOf(
  virtualMachine: VirtualMachine,
  manifests: readonly Manifest[],
  { hasRole = false, isBefore19 = false }: AdmissionFacts = {},
): ManifestAdmission {
  const { manifest, vmiPath, vmi } = virtualMachine;
  const namespace = findObject(manifests, "Namespace", undefined, manifest.namespace ?? "default");
  const labels = { vmi: labelsOf(vmi), namespace: labelsOf(namespace?.object) };
  const policy = installedPolicy(
    manifests,
    labels,
    isBefore19 ? "volume" : "serviceAccountName",
  );
  const decision = optIn(vmi, labels.namespace);
  const account = decision.kind === "opted in" ? accountOf(vmi) : usedServiceAccount(vmi).name;
  const found = findObject(manifests, "ServiceAccount", manifest.namespace, account);
  // The annotation is the only role that the policy sees: a pod identity webhook may know others.
  const roleArn = found === undefined || hasRole ? "assumed" : annotatedRole(found);
  const outcome = admit(
    vmi,
    { namespaceLabels: labels.namespace, serviceAccounts: [{ name: account, roleArn }] },
    policy.settings,
  );
  const applies = policy.kind === "assumed" ||
    policy.kind === "given" && policy.binding === "bound";
  const listsSidecar = ourSidecar(hookSidecars(vmi)) !== undefined;
  const sharesByHand = sharedVolume(readVmi(vmi), TOKEN_FOLDERS["pod identity"]) !== undefined;
  // A namespace may have the label for IRSA, and a VM in it without a role for that the share for Pod Identity.
  const isMeant = decision.kind === "opted in"
    ? !(sharesByHand && outcome.kind === "left alone")
    : decision.kind !== "not opted in" && !listsSidecar;
  const identity = isMeant && "identity" in decision
    ? decision.identity
    : sharesByHand
    ? "pod identity"
    : "web identity";
  const owner = "by" in decision ? decision.by : undefined;
  return {
    optIn: decision,
    outcome,
    identity,
    policy,
    written: vmi,
    admitted: outcome.kind === "enrolled" && applies ? outcome.vmi : vmi,
    intended: isMeant ? withParts(vmi, policy.settings, identity).vmi : vmi,
    account,
    listsSidecar,
    label: namespace !== undefined && owner === "namespace"
      ? { manifest: namespace, path: ["metadata", "labels", INJECT_LABEL] }
      : { manifest, path: [...vmiPath, "metadata", "labels", INJECT_LABEL] },
  };
}

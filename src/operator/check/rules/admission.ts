import { ACCOUNT_ANNOTATION } from "../../../admission/admit.ts";
import { INJECT_LABEL, INJECT_VALUES } from "../../../admission/opt_in.ts";
import { member, objectMember } from "../../../text/json.ts";
import { formatPath } from "../../manifest/path.ts";
import { ROLE_ANNOTATION } from "../../manifest/service_account.ts";
import type { CheckContext } from "../check_context.ts";
import { runningVersion, versionNumber } from "../kubevirt_configuration.ts";
import { givenRole } from "../role.ts";
import type { Problem, Rule } from "../rule.ts";

/** The first version with spec.serviceAccountName. */
const V1_9 = versionNumber(1, 9);

/** Mistakes in what the admission policy needs, on the VM and in the cluster. */
export const ADMISSION_RULES: readonly Rule[] = [
  {
    code: "inject-value",
    severity: "error",
    looksAt: "The admission policy",
    summary: "the label `eks-irsa-sidecar.github.io/inject` has an unknown value",
    find(context) {
      const { optIn, listsSidecar } = context.admission;
      if (optIn.kind !== "unknown value") return [];
      return [atLabel(context, {
        // A VM that lists the sidecar may have the rest by hand, too.
        severity: listsSidecar ? "warning" : "error",
        what: `The label ${INJECT_LABEL} has the unknown value ${JSON.stringify(optIn.value)}.`,
        why: "The admission policy leaves the VM alone, and it gets no role.",
        fix: 'Write "true", in quotes, or "pod-identity" for EKS Pod Identity.',
        snippet: `${INJECT_LABEL}: "true"`,
      })];
    },
  },
  {
    code: "inject-opted-out",
    severity: "error",
    looksAt: "The admission policy",
    summary: "the label opts the VM out",
    find(context) {
      const { optIn, listsSidecar } = context.admission;
      if (optIn.kind !== "opted out" || listsSidecar) return [];
      return [atLabel(context, {
        what: optIn.by === "namespace"
          ? `The label ${INJECT_LABEL} of the namespace opts its VMs out.`
          : `The label ${INJECT_LABEL} opts the VM out.`,
        why: "The admission policy leaves the VM alone, and it gets no role.",
        fix: optIn.by === "namespace"
          ? "If this VM should have a role, give its template the label:"
          : "If the VM should have a role, write:",
        snippet: `${INJECT_LABEL}: "true"`,
      })];
    },
  },
  {
    code: "inject-without-owner",
    severity: "error",
    looksAt: "The admission policy",
    summary: "a VirtualMachineInstance of its own, and only the namespace has the label",
    find(context) {
      const { optIn, listsSidecar } = context.admission;
      if (optIn.kind !== "no owner" || listsSidecar) return [];
      return [atLabel(context, {
        what: "The namespace's label does not count for a VirtualMachineInstance without an owner.",
        why:
          "The admission policy leaves it alone: if the manifest was applied again, KubeVirt would refuse to remove " +
          "what the policy has added.",
        fix: "Give the VirtualMachineInstance the label:",
        snippet: `${INJECT_LABEL}: "${INJECT_VALUES[optIn.identity]}"`,
      })];
    },
  },
  {
    code: "inject-misplaced",
    severity: "error",
    looksAt: "The admission policy",
    summary: "the label or the annotation is on the VirtualMachine and not on its template",
    find({ admission, virtualMachine: { manifest, vmiPath } }) {
      const places = [["labels", INJECT_LABEL], ["annotations", ACCOUNT_ANNOTATION]] as const;
      return places.flatMap(([field, key]) => {
        const on = (object: Parameters<typeof objectMember>[0]) =>
          member(objectMember(objectMember(object, "metadata"), field), key) !== undefined;
        if (!on(manifest.object) || on(admission.written)) return [];
        return [{
          manifest,
          path: ["metadata", field, key],
          what: `${key} is on the ${manifest.kind} itself.`,
          why: `KubeVirt copies the ${field} of the template to the VMI, and no others.`,
          fix: `Move it to ${formatPath([...vmiPath, "metadata", field])}.`,
        }];
      });
    },
  },
  {
    code: "inject-name-taken",
    severity: "error",
    looksAt: "The admission policy",
    summary: "a volume has a name that the policy needs",
    find(context) {
      const { outcome } = context.admission;
      if (outcome.kind !== "refused" || outcome.reason !== "a name is taken") return [];
      return [atLabel(context, {
        what: "A volume of the VM has the name eks-irsa-sidecar-token or eks-irsa-sidecar-account.",
        why: "The admission policy adds a volume of that name, and the VM is refused.",
        fix: "Rename the VM's volume.",
      })];
    },
  },
  {
    code: "inject-role-unseen",
    severity: "error",
    looksAt: "The admission policy",
    summary: "the role of the service account is not in its annotation",
    find(context) {
      const role = givenRole(context);
      const { optIn } = context.admission;
      if (optIn.kind !== "opted in" || optIn.identity === "pod identity") return [];
      if (role === undefined || role.manifest.kind === "ServiceAccount") return [];
      const { serviceAccount: { name } } = context;
      return [{
        manifest: role.manifest,
        path: role.path,
        what: `The role of the service account ${name} is in a ${role.manifest.kind}.`,
        why: "The admission policy sees only annotations: it leaves the VM alone.",
        fix:
          `Add the annotation: kubectl annotate serviceaccount ${name} ${ROLE_ANNOTATION}=${role.arn}`,
      }];
    },
  },
  {
    code: "admission-policy-missing",
    severity: "error",
    looksAt: "The admission policy",
    summary: "the policy is not among the admission policies given",
    find(context) {
      const { policy, optIn } = context.admission;
      if (policy.kind !== "missing" || optIn.kind !== "opted in") return [];
      const names = policy.given.map(({ kind, name }) => `${kind} ${name}`).join(", ");
      return [atLabel(context, {
        what: `The policy eks-irsa-sidecar is not among the admission policies given: ${names}.`,
        why: "Without the policy nothing is added to the VM, and it gets no role.",
        fix: "Install it with kubectl apply -k deploy, or give its manifest if it is installed.",
      })];
    },
  },
  {
    code: "admission-binding-missing",
    severity: "error",
    looksAt: "The admission policy",
    summary: "no binding given applies the policy to the VM, with the service accounts",
    find({ admission: { policy, optIn } }) {
      if (policy.kind !== "given" || policy.binding === "bound") return [];
      if (optIn.kind !== "opted in") return [];
      return [{
        manifest: policy.manifest,
        path: ["metadata", "name"],
        what: policy.binding === "not bound"
          ? `No binding that was given applies ${policy.manifest.name} to this VM.`
          : `The binding of ${policy.manifest.name} has no paramRef.`,
        why: policy.binding === "not bound"
          ? "Without a binding nothing is added to the VM, and it gets no role."
          : "The policy gets the service accounts as its parameters: without them the VM is refused.",
        fix: "Install all of deploy/ with kubectl apply -k deploy, or give the bindings too.",
      }];
    },
  },
  {
    code: "admission-policy-changed",
    severity: "warning",
    looksAt: "The admission policy",
    summary: "the policy given has other expressions than deploy/",
    find({ admission: { policy, optIn } }) {
      if (policy.kind !== "given" || !policy.isChanged || optIn.kind !== "opted in") return [];
      return [{
        manifest: policy.manifest,
        path: ["spec"],
        what: `${policy.manifest.name} is not the policy of this version.`,
        why: "Its expressions are not evaluated: this check is about the policy of deploy/.",
        fix: "Install the policy of this version, or use the eks-irsa-sidecar of the policy's.",
      }];
    },
  },
  {
    code: "admission-overlay",
    severity: "error",
    looksAt: "The admission policy",
    summary: "the policy given is for another KubeVirt (a warning if the VM starts)",
    find({ admission: { policy, optIn, written, intended }, kubevirt }) {
      const version = kubevirt && runningVersion(kubevirt);
      if (policy.kind !== "given" || version === undefined || optIn.kind !== "opted in") return [];
      const accountField = (vmi: typeof written) =>
        member(objectMember(vmi, "spec"), "serviceAccountName");
      const isByField = policy.settings.accountBy === "serviceAccountName";
      if (isByField === version >= V1_9) return [];
      const place = { manifest: policy.manifest, path: ["spec", "variables", 0] };
      return [
        isByField
          ? {
            ...place,
            severity: accountField(written) === accountField(intended) ? "warning" : "error",
            what: `${policy.manifest.name} is for KubeVirt 1.9, and this KubeVirt is older.`,
            why:
              `It writes the account of the annotation ${ACCOUNT_ANNOTATION} to spec.serviceAccountName, which ` +
              "KubeVirt 1.8 does not know: the pod runs as the namespace's default account.",
            fix: "Install the overlay: kubectl apply -k deploy/kubevirt-1.8",
          }
          : {
            ...place,
            severity: "warning",
            what: `${policy.manifest.name} is for KubeVirt 1.8, and this KubeVirt is newer.`,
            why:
              "It adds a serviceAccount volume, which gives the account's Kubernetes token to the guest. KubeVirt 1.9 " +
              "does not need the volume.",
            fix: "Install the policy for KubeVirt 1.9: kubectl apply -k deploy",
          },
      ];
    },
  },
];

/** A problem at the label. */
function atLabel(
  { admission: { label } }: CheckContext,
  problem: Omit<Problem, "manifest" | "path">,
): Problem {
  return { ...problem, ...label };
}

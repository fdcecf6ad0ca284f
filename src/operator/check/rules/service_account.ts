import { isRoleArn, isRoleName } from "../../../identity/role_arn.ts";
import { member, objectMember } from "../../../text/json.ts";
import { findObject } from "../../manifest/manifest.ts";
import { type AccountRole, rolesConfigMap } from "../../manifest/account_role.ts";
import { ROLE_ANNOTATION } from "../../manifest/service_account.ts";
import type { CheckContext } from "../check_context.ts";
import { isOlderThan, versionNumber } from "../kubevirt_configuration.ts";
import { atVmi, volumesOf } from "../places.ts";
import { givenRole, givenServiceAccount, mayHaveRole, withoutRole } from "../role.ts";
import type { Rule } from "../rule.ts";

/** The fix for older releases comes second: the volume also gives the account's Kubernetes token to the guest. */
const BEFORE_1_9 = "Before KubeVirt 1.9 add the volume {name: serviceaccount, serviceAccount: " +
  "{serviceAccountName: NAME}} and the filesystem {name: serviceaccount, virtiofs: {}}.";

/** Mistakes in the service account of the pod. */
export const SERVICE_ACCOUNT_RULES: readonly Rule[] = [
  {
    code: "service-account-missing",
    severity: "error",
    looksAt: "The service account",
    summary:
      "the pod runs as the namespace's default service account (a warning with EKS Pod Identity)",
    find(context) {
      const { serviceAccount } = context;
      const isIrsa = context.identity.kind === "web identity";
      if (serviceAccount.path !== undefined || isIrsa && givenRole(context) !== undefined) {
        return [];
      }
      return [atVmi(context, ["spec", "volumes"], {
        // The default account may have an association.
        severity: isIrsa ? "error" : "warning",
        what: "The VM names no service account: its pod runs as the namespace's default.",
        why: `EKS gives a pod the role of its service account. Without a role ${
          withoutRole(context)
        }.`,
        fix: `Write serviceAccountName: NAME into the VMI's spec. ${BEFORE_1_9}`,
      })];
    },
  },
  {
    code: "service-account-field",
    severity: "error",
    looksAt: "The service account",
    summary: "`spec.serviceAccountName` alone, and KubeVirt before 1.9",
    // kubevirt.io/api core/v1, VirtualMachineInstanceSpec.
    find(context) {
      const { kubevirt, serviceAccount: { name }, admission: { written } } = context;
      // If the admission policy adds the field, the policy is the mistake.
      if (member(objectMember(written, "spec"), "serviceAccountName") === undefined) return [];
      if (!isOlderThan(kubevirt, versionNumber(1, 9))) return [];
      const hasVolume = volumesOf(context)
        .some((volume) => objectMember(volume, "serviceAccount") !== undefined);
      if (hasVolume) return [];
      return [atVmi(context, ["spec", "serviceAccountName"], {
        what: `This KubeVirt does not know spec.serviceAccountName, which came with 1.9.`,
        why: "KubeVirt refuses the VM, or its pod runs as the namespace's default service account.",
        fix: BEFORE_1_9.replace("NAME", name),
      })];
    },
  },
  {
    code: "service-account-unknown",
    severity: "error",
    looksAt: "The service account",
    summary: "its manifest is not among those given",
    find(context) {
      const { serviceAccount, manifests, virtualMachine: { manifest } } = context;
      const given = manifests.filter(({ kind }) => kind === "ServiceAccount");
      if (serviceAccount.path === undefined || given.length === 0) return [];
      if (
        findObject(given, "ServiceAccount", manifest.namespace, serviceAccount.name) !== undefined
      ) return [];
      const names = given.map(({ namespace, name }) => namespace ? `${namespace}/${name}` : name);
      return [atVmi(context, ["spec", ...serviceAccount.path], {
        what:
          `The service account ${
            manifest.namespace ? `${manifest.namespace}/` : ""
          }${serviceAccount.name} ` +
          `is not among those given: ${names.join(", ")}.`,
        why: "A pod uses a service account of its own namespace, by its exact name.",
        fix: "Correct the name or the namespace, or give the right file with --service-account.",
      })];
    },
  },
  {
    code: "role-arn-missing",
    severity: "error",
    looksAt: "The service account",
    summary: "no annotation `eks.amazonaws.com/role-arn`",
    find(context) {
      const found = givenServiceAccount(context);
      if (found === undefined || mayHaveRole(context)) return [];
      const roles = rolesConfigMap(context.manifests);
      return [{
        manifest: found,
        path: ["metadata", "annotations"],
        what: `The service account ${found.name} has no annotation ${ROLE_ANNOTATION}` +
          (roles === undefined ? "." : `, and the ConfigMap ${roles.name} does not name it.`),
        why: `The pod identity webhook gives the pod no role. Then ${withoutRole(context)}.`,
        fix:
          `Add the annotation with the ARN of the role: kubectl annotate serviceaccount ${found.name} ` +
          `${ROLE_ANNOTATION}=arn:aws:iam::ACCOUNT:role/NAME` +
          (roles === undefined
            ? ". If the webhook reads roles from a ConfigMap, as on kOps, add that ConfigMap to the files."
            : ""),
      }];
    },
  },
  {
    code: "role-arn-malformed",
    severity: "error",
    looksAt: "The service account",
    summary: "the annotation is not the ARN of a role",
    find(context) {
      const role = irsaRole(context);
      if (role === undefined || isRoleArn(role.arn) || isComposable(role)) return [];
      const { arn, manifest, path } = role;
      return [{
        manifest,
        path,
        what: `${
          manifest.kind === "ConfigMap"
            ? `The role in the ConfigMap ${manifest.name}`
            : `The annotation ${ROLE_ANNOTATION}`
        } is not the ARN of a role: ${JSON.stringify(arn)}.`,
        why: "AWS STS refuses to assume it, and every AWS call in the guest fails.",
        fix:
          "Write arn:aws:iam::ACCOUNT:role/NAME with the account's 12 digits; aws iam get-role prints it.",
      }];
    },
  },
  {
    code: "role-name-only",
    severity: "warning",
    looksAt: "The service account",
    summary: "the annotation has a role's name instead of its ARN",
    // aws/amazon-eks-pod-identity-webhook pkg/cache/cache.go, addSA.
    find(context) {
      const role = irsaRole(context);
      if (role === undefined || !isComposable(role)) return [];
      const { arn: name, manifest, path } = role;
      return [{
        manifest,
        path,
        what: `The annotation ${ROLE_ANNOTATION} has a name instead of an ARN: ${
          JSON.stringify(name)
        }.`,
        why:
          "Only a pod identity webhook with the flag --compose-role-arn makes an ARN of it. From any other the guest " +
          "gets the name, and AWS STS refuses to assume it.",
        fix: `Write arn:aws:iam::ACCOUNT:role/${name}, unless your webhook has that flag.`,
      }];
    },
  },
];

/** The role that counts for the VM: with EKS Pod Identity the account's annotation does not. */
function irsaRole(context: CheckContext): AccountRole | undefined {
  return context.identity.kind === "web identity" ? givenRole(context) : undefined;
}

/** Whether a webhook with `--compose-role-arn` makes an ARN of it. It does so for annotations alone. */
function isComposable({ arn, manifest }: AccountRole): boolean {
  return isRoleName(arn) && manifest.kind === "ServiceAccount";
}

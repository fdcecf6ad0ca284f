import { objectMember, objectsMember, stringMember } from "../../../text/json.ts";
import { isRoleArn } from "../../../identity/role_arn.ts";
import { findObject } from "../../manifest/manifest.ts";
import { ROLE_ANNOTATION, roleArnOf } from "../../manifest/service_account.ts";
import { runningVersion, versionNumber } from "../kubevirt_configuration.ts";
import { givenRole, givenServiceAccount } from "../role.ts";
import { findingAt, type Rule, type Subject } from "../check_context.ts";

/** The pod runs as `default`, which mostly has no role. */
export const serviceAccountMissing: Rule = (subject) => {
  const { serviceAccount } = subject;
  if (serviceAccount.path !== undefined || givenRole(subject) !== undefined) return [];
  return [findingAt(subject, ["spec", "volumes"], {
    code: "service-account-missing",
    severity: "error",
    what: "The VM names no service account, so that its pod runs as the namespace's default.",
    why: `EKS gives a pod the role of its service account. Without one ${withoutRole(subject)}.`,
    mend:
      "Add the volume {name: serviceaccount, serviceAccount: {serviceAccountName: NAME}} and the " +
      "filesystem {name: serviceaccount, virtiofs: {}}.",
  })];
};

/** Before KubeVirt 1.9 the spec has no such field (kubevirt.io/api core/v1, VirtualMachineInstanceSpec). */
export const serviceAccountField: Rule = (subject) => {
  const { kubevirt, serviceAccount: { path, name }, virtualMachine: { vmi } } = subject;
  const version = kubevirt && runningVersion(kubevirt);
  if (path?.[0] !== "serviceAccountName") return [];
  if (version === undefined || version >= versionNumber(1, 9)) return [];
  const hasVolume = objectsMember(objectMember(vmi, "spec"), "volumes")
    .some((volume) => objectMember(volume, "serviceAccount") !== undefined);
  if (hasVolume) return [];
  return [findingAt(subject, ["spec", ...path], {
    code: "service-account-field",
    severity: "error",
    what: `This KubeVirt does not know spec.serviceAccountName, which came with 1.9.`,
    why: "The pod runs as the namespace's default service account.",
    mend:
      `Add the volume {name: serviceaccount, serviceAccount: {serviceAccountName: ${name}}} and the ` +
      "filesystem {name: serviceaccount, virtiofs: {}}.",
  })];
};

/** KubeVirt refuses two service accounts that differ. */
export const serviceAccountMismatch: Rule = (subject) => {
  const spec = objectMember(subject.virtualMachine.vmi, "spec");
  const named = stringMember(spec, "serviceAccountName");
  const inVolume = objectsMember(spec, "volumes")
    .map((volume) => stringMember(objectMember(volume, "serviceAccount"), "serviceAccountName"))
    .find((name) => name !== undefined);
  if (!named || inVolume === undefined || named === inVolume) return [];
  return [findingAt(subject, ["spec", "serviceAccountName"], {
    code: "service-account-mismatch",
    severity: "error",
    what: `The VM names two service accounts: ${named}, and ${inVolume} in a volume.`,
    why: "KubeVirt refuses the VM: its pod can have one.",
    mend: "Name the same in both places.",
  })];
};

/** Service accounts were given, and the VM's is not among them. */
export const serviceAccountUnknown: Rule = (subject) => {
  const { serviceAccount, manifests, virtualMachine: { manifest } } = subject;
  const given = manifests.filter(({ kind }) => kind === "ServiceAccount");
  if (serviceAccount.path === undefined || given.length === 0) return [];
  if (findObject(given, "ServiceAccount", manifest.namespace, serviceAccount.name) !== undefined) {
    return [];
  }
  const names = given.map(({ namespace, name }) => namespace ? `${namespace}/${name}` : name);
  return [findingAt(subject, ["spec", ...serviceAccount.path], {
    code: "service-account-unknown",
    severity: "error",
    what:
      `The service account ${
        manifest.namespace ? `${manifest.namespace}/` : ""
      }${serviceAccount.name} ` +
      `is not among those given: ${names.join(", ")}.`,
    why: "A pod uses a service account of its own namespace, by its exact name.",
    mend: "Mend the name or the namespace, or give the right file with --service-account.",
  })];
};

/** The service account has no role. */
export const roleArnMissing: Rule = (subject) => {
  const found = givenServiceAccount(subject);
  if (found === undefined || roleArnOf(found) !== undefined) return [];
  return [{
    code: "role-arn-missing",
    severity: "error",
    manifest: found,
    path: ["metadata", "annotations"],
    what: `The service account ${found.name} has no annotation ${ROLE_ANNOTATION}.`,
    why: `EKS's pod identity webhook then gives the pod no role: ${withoutRole(subject)}.`,
    mend:
      `Add the annotation with the ARN of the role: kubectl annotate serviceaccount ${found.name} ` +
      `${ROLE_ANNOTATION}=arn:aws:iam::ACCOUNT:role/NAME`,
  }];
};

/**
 * What becomes of a VM whose pod has no role, as a clause. Without the token's mount KubeVirt has nothing to
 * share for a containerPath volume (kubevirt/kubevirt pkg/virt-controller/watch/vmi/lifecycle.go,
 * MissingVirtiofsContainers).
 */
function withoutRole({ share }: Subject): string {
  return share.socket === undefined
    ? `there is no token's folder in it, KubeVirt cannot share that for the containerPath volume ${share.tag}, ` +
      'and the VM does not start: "pod is missing virtiofs containers"'
    : "the VM boots as if there were no sidecar";
}

/** The service account names something else than a role. */
export const roleArnMalformed: Rule = (subject) => {
  const found = givenServiceAccount(subject);
  const arn = found && roleArnOf(found);
  if (found === undefined || arn === undefined || isRoleArn(arn)) return [];
  return [{
    code: "role-arn-malformed",
    severity: "error",
    manifest: found,
    path: ["metadata", "annotations", ROLE_ANNOTATION],
    what: `The annotation ${ROLE_ANNOTATION} is not the ARN of a role: ${JSON.stringify(arn)}.`,
    why: "AWS STS refuses to assume it, and every AWS call in the guest fails.",
    mend:
      "Write arn:aws:iam::ACCOUNT:role/NAME with the account's 12 digits; aws iam get-role prints it.",
  }];
};

export const SERVICE_ACCOUNT_RULES: readonly Rule[] = [
  serviceAccountMissing,
  serviceAccountField,
  serviceAccountMismatch,
  serviceAccountUnknown,
  roleArnMissing,
  roleArnMalformed,
];

import { role, spec, trustPolicy, version } from "./check_case.ts";
import { associated, defaultAccount, rolesIn } from "./check_edits.ts";
import { all, beside } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The service account, its role, and the trust policy of the role. */
export const SERVICE_ACCOUNT_SAYS: readonly Says[] = [
  // The service account.
  [
    "service-account-missing",
    "a VM for IRSA",
    defaultAccount,
    /^error/,
    /Without a role the VM boots/,
    /serviceAccountName: NAME .*Before KubeVirt 1\.9 add the volume .*serviceAccountName: NAME/,
  ],
  [
    "service-account-missing",
    "a VM for EKS Pod Identity",
    all(associated, spec((s) => delete s.serviceAccountName)),
    /^warning/,
  ],
  [
    "service-account-field",
    "a VM with the field alone on KubeVirt 1.8",
    all(
      version("v1.8.3"),
      spec((s) => {
        s.volumes.splice(1, 1);
        s.serviceAccountName = "app";
      }),
    ),
    /\{serviceAccountName: app\}/,
  ],
  [
    "service-account-unknown",
    "a service account in another namespace",
    ({ serviceAccount }) => serviceAccount.metadata.namespace = "elsewhere",
    /account team\/app is not among those given: elsewhere\/app\./,
  ],
  [
    "service-account-unknown",
    "service accounts of other names, and a VM without a namespace",
    all(
      beside({ kind: "ServiceAccount", metadata: { name: "third" } }),
      ({ serviceAccount, vm }) => {
        serviceAccount.metadata.name = "other";
        vm.metadata.namespace = undefined;
      },
    ),
    /account app is not among those given: team\/other, third\./,
  ],
  [
    "role-arn-missing",
    "a service account without a role",
    role(undefined),
    /account app has no annotation eks\.amazonaws\.com\/role-arn\. \|/,
    /serviceaccount app eks\.amazonaws\.com\/role-arn=arn:aws:iam::ACCOUNT:role\/NAME/,
    /add that ConfigMap to the files/,
  ],
  [
    "role-arn-missing",
    "a service account that the webhook's ConfigMap does not name either",
    all(
      role(undefined),
      rolesIn({ "team/other": { RoleARN: "arn:aws:iam::111122223333:role/a" } }),
    ),
    /, and the ConfigMap pod-identity-webhook does not name it\./,
    /role\/NAME \| none$/,
  ],
  [
    "role-arn-malformed",
    "an annotation with two words",
    role("two words"),
    /The annotation eks\.amazonaws\.com\/role-arn is not the ARN of a role: "two words"/,
    /arn:aws:iam::ACCOUNT:role\/NAME with the account's 12 digits/,
  ],
  [
    "role-arn-malformed",
    "a role's name in the webhook's ConfigMap",
    all(role(undefined), rolesIn({ "team/app": { RoleARN: "report-writer" } })),
    /The role in the ConfigMap pod-identity-webhook is not/,
  ],
  [
    "role-name-only",
    "a role's name in the annotation",
    role("report-writer"),
    /instead of an ARN: "report-writer"/,
    /Write arn:aws:iam::ACCOUNT:role\/report-writer, unless/,
  ],

  // The trust policy.
  [
    "trust-policy-issuer",
    "a policy without a statement",
    beside({ Version: "2012-10-17", Statement: [] }),
    /lets no OIDC provider assume/,
    /examples\/iam-trust-policy\.json/,
  ],
  [
    "trust-policy-issuer",
    "the provider of another cluster",
    beside(trustPolicy({ provider: "oidc.eks.us-east-1.amazonaws.com/id/OTHER" })),
    /trusts oidc.*\/OTHER, and the issuer here is oidc.*\/THIS/,
    /without https:\/\//,
  ],
  [
    "trust-policy-issuer",
    "a role in another account than the provider",
    all(role("arn:aws:iam::999999999999:role/app"), beside(trustPolicy({}))),
    /in the account 999999999999, and its OIDC provider in the account 111122223333/,
    /Create the OIDC provider in the account 999999999999/,
  ],
  [
    "trust-policy-subject",
    "StringEquals with two values, of which one is a pattern",
    beside(JSON.parse(
      JSON.stringify(trustPolicy({ subject: "two" })).replace('"two"', '["a:b", "c:*"]'),
    )),
    /lets a:b, c:\* assume/,
    /StringEquals knows no \*/,
  ],
  [
    "trust-policy-subject",
    "the name of another service account",
    beside(trustPolicy({ subject: "system:serviceaccount:team:other" })),
    /lets system:serviceaccount:team:other assume the role, and not system:serviceaccount:team:app/,
    /Write system:serviceaccount:team:app into the condition of sub/,
  ],
  [
    "trust-policy-subject",
    "StringEquals with a pattern",
    beside(trustPolicy({ subject: "system:serviceaccount:team:*" })),
    /StringEquals knows no \* and \?: use StringLike/,
  ],
  [
    "trust-policy-subject",
    "StringLike with a pattern for another namespace",
    beside(trustPolicy({ operator: "StringLike", subject: "system:serviceaccount:other:*" })),
    /Write system:serviceaccount:team:app into the condition of sub/,
  ],
  [
    "token-audience",
    "a service account whose annotation of the audience is empty",
    all(
      ({ serviceAccount }) =>
        serviceAccount.metadata.annotations["eks.amazonaws.com/audience"] = "",
      beside(trustPolicy({ audience: "a" })),
    ),
    /the token has that of the API server\./,
    /or write that audience into the condition of aud/,
  ],
  [
    "token-audience",
    "the audience openshift on EKS",
    beside(trustPolicy({ audience: "openshift" })),
    /asks for the audience openshift, and the token has sts\.amazonaws\.com/,
    /eks\.amazonaws\.com\/audience: openshift, or write sts\.amazonaws\.com into/,
  ],
];

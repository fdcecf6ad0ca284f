import {
  gates,
  metadata,
  noCloudInit,
  resources,
  role,
  spec,
  trustPolicy,
  version,
} from "./check_case.ts";
import {
  associated,
  defaultAccount,
  identityWebhook,
  plugin,
  rolesIn,
  unrelatedWebhook,
  virtApi,
} from "./check_edits.ts";
import { all, args, beside, containerPath } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The cluster, its webhook, the service account and its role. */
export const CLUSTER_SAYS: readonly Says[] = [
  // The cluster.
  [
    "gate-sidecar",
    gates(),
    /gate Sidecar of KubeVirt is off/,
    /hookSidecars\. \|/,
    /Add Sidecar to/,
  ],
  [
    "gate-container-path",
    all(containerPath(), gates("Sidecar")),
    /gate ContainerPathVolumes of KubeVirt is off/,
    /makes no pod/,
  ],
  [
    "gate-plugins",
    gates("Sidecar", "Plugins"),
    /^warning/,
    /the PCI address/,
    /device-address\.yaml/,
  ],
  ["gate-plugins", all(gates("Sidecar", "Plugins"), args("--os", "x")), /the PCI address/],
  ["gate-plugins", all(gates("Sidecar", "Plugins"), plugin("any")), /^warning/, /the PCI address/],
  [
    "gate-plugins",
    all(noCloudInit, args("--hooks", "onDefineDomain"), gates("Sidecar", "Plugins")),
    /^warning/,
    /the OEM strings/,
    /have no Plugin/,
  ],
  ["sidecar-memory", resources("63M"), /Raise the limit to 64M/],

  // What keeps the pod identity webhook from the pod.
  ["identity-webhook-missing", all(unrelatedWebhook, virtApi), /^error/],
  [
    "identity-webhook-missing",
    all(virtApi, beside({ kind: "Deployment", metadata: { name: "pod-identity-webhook" } })),
    /^error/,
  ],
  [
    "identity-webhook-missing",
    all(
      virtApi,
      beside({
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "pod-identity-webhook" },
        webhooks: [{ name: "mutation.azure-workload-identity.io" }],
      }),
    ),
    /^error/,
  ],
  ...[{ "kubevirt.io": "other" }, { "notkubevirt.io/a": "b" }].map((matchLabels) =>
    [
      "identity-webhook-missing",
      identityWebhook({ objectSelector: { matchLabels } }),
      /objectSelector: The selectors/,
    ] as const
  ),
  [
    "identity-webhook-missing",
    virtApi,
    /^error/,
    /kubectl get mutatingwebhookconfigurations -o yaml/,
  ],
  ["identity-webhook-missing", unrelatedWebhook, /^warning/],
  [
    "identity-webhook-missing",
    identityWebhook({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "x" } } }),
    /^error webhooks\[0\]\.namespaceSelector/,
    /Change the selector/,
  ],
  [
    "identity-webhook-missing",
    identityWebhook({ objectSelector: { matchLabels: { team: "x" } } }),
    /^error webhooks\[0\]\.objectSelector/,
  ],
  ...[
    "persistentVolumeClaim",
    "dataVolume",
    "ephemeral",
    "hostDisk",
    "secret",
    "configMap",
    "downwardAPI",
    "sysprep",
  ].map((kind) =>
    [
      "webhook-volume-taken",
      spec((s) => s.volumes.push({ name: "aws-iam-token", [kind]: {} })),
      /volumes\[3\]\.name: The volume aws-iam-token/,
    ] as const
  ),
  ...[
    ["\n  hook-sidecar-0", /the container hook-sidecar-0/],
    ["hook-sidecar-0\nproxy", /the container hook-sidecar-0/],
    ["hook-sidecar-0\r\nproxy", /the container hook-sidecar-0/],
    ["hook-sidecar-0,hook-sidecar-0", /Remove hook-sidecar-0 from/],
    ["hook-sidecar-0", /The sidecar finds no role/],
    ["virtiofs-aws-iam-token", /has no folder to share/],
  ].map(([names, words]) =>
    [
      "webhook-skips-container",
      metadata("annotations", "eks.amazonaws.com/skip-containers", names),
      RegExp(words ?? ""),
    ] as const
  ),
  [
    "webhook-skips-container",
    all(containerPath(), metadata("annotations", "eks.amazonaws.com/skip-containers", "compute")),
    /pod is missing virtiofs containers/,
  ],
  [
    "webhook-skips-pod",
    metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "x"),
    /Then the VM boots as if there were no sidecar/,
  ],

  // The service account.
  [
    "service-account-missing",
    defaultAccount,
    /^error/,
    /Without a role the VM boots/,
    /serviceAccountName: NAME .*Before KubeVirt 1\.9 add the volume .*serviceAccountName: NAME/,
  ],
  [
    "service-account-missing",
    all(associated, spec((s) => delete s.serviceAccountName)),
    /^warning/,
  ],
  [
    "service-account-field",
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
    ({ serviceAccount }) => serviceAccount.metadata.namespace = "elsewhere",
    /account team\/app is not among those given: elsewhere\/app\./,
  ],
  [
    "service-account-unknown",
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
    role(undefined),
    /account app has no annotation eks\.amazonaws\.com\/role-arn\. \|/,
    /serviceaccount app eks\.amazonaws\.com\/role-arn=arn:aws:iam::ACCOUNT:role\/NAME/,
    /add that ConfigMap to the files/,
  ],
  [
    "role-arn-missing",
    all(
      role(undefined),
      rolesIn({ "team/other": { RoleARN: "arn:aws:iam::111122223333:role/a" } }),
    ),
    /, and the ConfigMap pod-identity-webhook does not name it\./,
    /role\/NAME \| none$/,
  ],
  [
    "role-arn-malformed",
    role("two words"),
    /The annotation eks\.amazonaws\.com\/role-arn is not the ARN of a role: "two words"/,
    /arn:aws:iam::ACCOUNT:role\/NAME with the account's 12 digits/,
  ],
  [
    "role-arn-malformed",
    all(role(undefined), rolesIn({ "team/app": { RoleARN: "report-writer" } })),
    /The role in the ConfigMap pod-identity-webhook is not/,
  ],
  [
    "role-name-only",
    role("report-writer"),
    /instead of an ARN: "report-writer"/,
    /Write arn:aws:iam::ACCOUNT:role\/report-writer, unless/,
  ],

  // The trust policy.
  [
    "trust-policy-subject",
    beside(JSON.parse(
      JSON.stringify(trustPolicy({ subject: "two" })).replace('"two"', '["a:b", "c:*"]'),
    )),
    /lets a:b, c:\* assume/,
    /StringEquals knows no \*/,
  ],
  [
    "token-audience",
    all(
      ({ serviceAccount }) =>
        serviceAccount.metadata.annotations["eks.amazonaws.com/audience"] = "",
      beside(trustPolicy({ audience: "a" })),
    ),
    /the token has that of the API server\./,
    /or write that audience into the condition of aud/,
  ],
  [
    "trust-policy-issuer",
    beside({ Version: "2012-10-17", Statement: [] }),
    /lets no OIDC provider assume/,
    /examples\/iam-trust-policy\.json/,
  ],
  [
    "trust-policy-issuer",
    beside(trustPolicy({ provider: "oidc.eks.us-east-1.amazonaws.com/id/OTHER" })),
    /trusts oidc.*\/OTHER, and the issuer here is oidc.*\/THIS/,
    /without https:\/\//,
  ],
  [
    "trust-policy-issuer",
    all(role("arn:aws:iam::999999999999:role/app"), beside(trustPolicy({}))),
    /in the account 999999999999, and its OIDC provider in the account 111122223333/,
    /Create the OIDC provider in the account 999999999999/,
  ],
  [
    "trust-policy-subject",
    beside(trustPolicy({ subject: "system:serviceaccount:team:other" })),
    /lets system:serviceaccount:team:other assume the role, and not system:serviceaccount:team:app/,
    /Write system:serviceaccount:team:app into the condition of sub/,
  ],
  [
    "trust-policy-subject",
    beside(trustPolicy({ subject: "system:serviceaccount:team:*" })),
    /StringEquals knows no \* and \?: use StringLike/,
  ],
  [
    "trust-policy-subject",
    beside(trustPolicy({ operator: "StringLike", subject: "system:serviceaccount:other:*" })),
    /Write system:serviceaccount:team:app into the condition of sub/,
  ],
  [
    "token-audience",
    beside(trustPolicy({ audience: "openshift" })),
    /asks for the audience openshift, and the token has sts\.amazonaws\.com/,
    /eks\.amazonaws\.com\/audience: openshift, or write sts\.amazonaws\.com into/,
  ],
];

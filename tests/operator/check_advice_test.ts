/** What a finding says, where that depends on the VM; and similar VMs in which the rule finds nothing. */
import assert from "node:assert/strict";
import { linuxGuest } from "../../src/guest/linux/guest.ts";
import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import {
  dedicated,
  gates,
  image,
  kubevirt,
  masquerade,
  metadata,
  noCloudInit,
  OURS,
  podIdentity,
  podIdentityTrust,
  resources,
  role,
  s390x,
  SHIM,
  spec,
  trustPolicy,
  version,
  webhook,
  windows,
} from "./check_case.ts";
import {
  bareVmi,
  byAnnotation,
  byVolume,
  deployed,
  labelled,
  listed,
  namespace,
  optedIn,
  POLICY,
  roleInConfigMap,
  unlabelled,
} from "./check_cases_admission.ts";
import {
  all,
  annotation,
  args,
  beside,
  cloudInit,
  containerPath,
  type Edit,
  sidecars,
  template,
  userData,
} from "./edit.ts";
import { codesOf, findingsOf } from "./findings.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";

const INJECT = "eks-irsa-sidecar.github.io/inject";
const ACCOUNT = "eks-irsa-sidecar.github.io/service-account";
const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const KUBERNETES_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

const without: Edit = (fixture) => {
  template(fixture).metadata = { annotations: {} };
};
const misspelt = (key: string): Edit => (fixture) => {
  template(fixture).metadata = { annotations: { [key]: "[]" } };
};
const associated = all(labelled("pod-identity"), masquerade, role(undefined));
const defaultAccount = spec((s) => s.volumes[1] = { name: "sa", configMap: { name: "any" } });
const noAccounts: Edit = ({ serviceAccount }) => serviceAccount.kind = "";
const bindings = (change: "none" | "no parameters") =>
  deployed(POLICY, (objects) => {
    if (change === "none") return objects.slice(0, 1);
    for (const object of objects) delete object.spec.paramRef;
  });
const changedPolicy = deployed(POLICY, ([policy]) => {
  const [mutation] = policy?.spec.mutations ?? [];
  if (mutation !== undefined) mutation.jsonPatch.expression += " + []";
});
const rolesIn = (config: Readonly<Record<string, unknown>>) =>
  beside({
    kind: "ConfigMap",
    metadata: { name: "pod-identity-webhook", namespace: "kube-system" },
    data: { config: JSON.stringify(config) },
  });
const identityWebhook = (selectors: unknown) =>
  beside({
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "pod-identity-webhook" },
    webhooks: [{ name: "pod-identity-webhook.amazonaws.com", ...Object(selectors) }],
  });
const virtApi = beside({
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "virt-api-mutator" },
  webhooks: [{ name: "virtualmachines-mutator.kubevirt.io" }],
});
const unrelatedWebhook = beside({
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "istio" },
  webhooks: [{ name: "istio.example.com" }],
});
const plugin = (name: string) =>
  beside({ apiVersion: "plugin.kubevirt.io/v1alpha1", kind: "Plugin", metadata: { name } });
const sysprepOnly = all(
  windows,
  spec((s) => {
    s.volumes[2] = { name: "sysprep", sysprep: { secret: { name: "unattend" } } };
    s.domain.devices.disks[1] = { name: "sysprep", cdrom: { bus: "sata" } };
  }),
);
/** The configuration of the IRSA mutation webhook under another name. */
const irsaWebhook = (
  name: string,
  webhooks: readonly unknown[],
  kind = "MutatingWebhookConfiguration",
) => beside({ kind, metadata: { name }, webhooks });
const withoutFilesystem = (path: string) =>
  spec((s) => s.volumes.push({ name: "token", containerPath: { path } }));

/** A rule, a VM, and what is in its finding: `severity path: what | why | fix | snippet`. */
const SAYS: readonly (readonly [string, Edit, ...RegExp[]])[] = [
  // The admission policy.
  ["inject-value", labelled("yes"), /^error/, /unknown value "yes"/, /"true", in quotes/],
  ["inject-value", listed("yes"), /^warning/],
  ["inject-opted-out", labelled("false"), /inject opts the VM out/, /\| If the VM should/],
  [
    "inject-opted-out",
    all(unlabelled, namespace("false")),
    /of the namespace opts its VMs out/,
    /If this VM should have a role, give its template the label: \| .*inject: "true"/,
  ],
  [
    "inject-without-owner",
    all(unlabelled, bareVmi, namespace("true")),
    /the label: \| .*inject: "true"/,
  ],
  [
    "inject-without-owner",
    all(unlabelled, bareVmi, namespace("pod-identity")),
    /the label: \| .*inject: "pod-identity"/,
  ],
  [
    "inject-misplaced",
    all(unlabelled, ({ vm }) => vm.metadata.labels = { [INJECT]: "true" }),
    /inject is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.labels\./,
  ],
  [
    "inject-misplaced",
    all(optedIn, ({ vm }) => vm.metadata.annotations[ACCOUNT] = "app"),
    /service-account is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.annotations\./,
  ],
  [
    "inject-role-unseen",
    all(optedIn, role(undefined), roleInConfigMap),
    /account app is in a ConfigMap/,
    /kubectl annotate serviceaccount app eks\.amazonaws\.com\/role-arn=arn:aws:iam::111122223333:role\/app/,
  ],
  [
    "admission-policy-missing",
    all(optedIn, deployed("messages/policies.yaml")),
    /given: ValidatingAdmissionPolicy eks-irsa-sidecar-refusals, ValidatingAdmissionPolicyBinding /,
    /kubectl apply -k deploy,/,
  ],
  [
    "admission-binding-missing",
    all(optedIn, bindings("none")),
    /No binding that was given applies/,
    /Without a binding nothing is added/,
  ],
  [
    "admission-binding-missing",
    all(optedIn, bindings("no parameters")),
    /has no paramRef/,
    /without them the VM is refused/,
  ],
  [
    "admission-overlay",
    all(byAnnotation, deployed(POLICY), version("v1.8.2")),
    /^error/,
    /for KubeVirt 1\.9, and this KubeVirt is older/,
    /apply -k deploy\/kubevirt-1\.8/,
  ],
  ["admission-overlay", all(optedIn, deployed(POLICY), version("v1.8.2")), /^warning/],
  [
    "admission-overlay",
    all(optedIn, deployed(POLICY, byVolume)),
    /^warning/,
    /for KubeVirt 1\.8, and this KubeVirt is newer/,
    /apply -k deploy \|/,
  ],

  // The annotation.
  [
    "sidecar-missing",
    without,
    /spec\.template\.metadata: .* no annotation hooks\.kubevirt\.io\/hookSidecars\. \|/,
    /give its template the label .*inject: "true"/,
    /add to spec\.template\.metadata\.annotations: \| .*'\[\{"image": "[^"]+"\}\]'$/,
  ],
  [
    "sidecar-missing",
    all(without, noCloudInit),
    /"args": \["--hooks", "onDefineDomain"\]\}\]'$/,
  ],
  ["sidecar-missing", all(s390x, without, noCloudInit), /'\[\{"image": "[^"]+"\}\]'$/],
  [
    "sidecar-missing",
    all(without, bareVmi),
    /give it the label/,
    /add to metadata\.annotations:/,
  ],
  ...[
    "hooks.kubevirt.io/hookSidecar",
    "hooks.kubevirt.io/hooksidecars",
    "hook.kubevirt.io/hookSidecars",
    "hooks.kubevirt.io/hook-sidecars",
    "hookSidecars",
    "hooksSidecars",
  ].map((key) =>
    [
      "sidecar-missing",
      misspelt(key),
      RegExp(`metadata\\.annotations.*${key}.*, but ${RegExp.escape(key)}\\.`),
    ] as const
  ),
  ...["hooks.kubevirt.io/hookSidecarsOld", "my.hookSidecars", "kubevirt.io/sidecars"].map((key) =>
    [
      "sidecar-missing",
      misspelt(key),
      /no annotation hooks\.kubevirt\.io\/hookSidecars\. \|/,
    ] as const
  ),
  [
    "sidecar-misplaced",
    all(({ vm }) => vm.metadata.annotations = vm.spec.template.metadata.annotations, without),
    /is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.annotations\./,
  ],
  [
    "sidecar-malformed",
    annotation('[{"image": "eks-irsa-sidecar:1", "args": "--os linux"}]'),
    /args that are not a list of strings/,
    /Write a list with one string for each word: \| .*"--os", ?"linux"/,
  ],
  [
    "sidecar-malformed",
    annotation("{}"),
    /Write a string with a list in JSON, such as: \| .*image/,
  ],
  ["sidecar-image", annotation("[]"), /is not in the annotation's list\. \|/],
  [
    "sidecar-image",
    sidecars({ image: "a:1" }, { image: "b:1" }),
    /list: a:1, b:1\./,
    /add to the list: \| \{"image": "[^"]*eks-irsa-sidecar/,
  ],
  [
    "sidecar-upstream-image",
    sidecars({ image: "quay.io/kubevirt/eks-irsa-sidecar:v1" }),
    /image quay\.io\/kubevirt\/eks-irsa-sidecar:v1 is another/,
    /write: \| "image": "[^"]*eks-irsa-sidecar/,
  ],
  [
    "sidecar-command",
    sidecars({ ...OURS, command: ["/bin/sh", "-c"] }),
    /a command, "\/bin\/sh"\./,
  ],
  [
    "sidecar-args",
    args("--os linux", "--mount-tag  my tag"),
    /write one string for each word\. \| "args": \["--os","linux","--mount-tag","my","tag"\]$/,
  ],
  ["sidecar-args", args("serve", "--os linux "), /"args": \["serve","--os","linux"\]$/],
  ["sidecar-args", args("--os=macos x"), /Correct the args in the annotation/],
  ["other-sidecar", sidecars({ image: "a:1" }, SHIM("preCloudInitIso"), OURS), /^error/],
  ["other-sidecar", sidecars(SHIM("other"), OURS), /^warning/],
  ["sidecar-args", args("--os", "macos x"), /Correct the args in the annotation/, /none$/],
  ["sidecar-args", args("x --os linux"), /Correct the args in the annotation/, /none$/],
  [
    "other-sidecar",
    sidecars(SHIM("preCloudInitIso"), OURS),
    /^error/,
    /Another sidecar changes .*: \/usr\/bin\/preCloudInitIso\./,
    /and remove that sidecar/,
  ],
  ["other-sidecar", sidecars(OURS, OURS), /^error/],
  [
    "other-sidecar",
    sidecars(OURS, { image: "a:1" }, { image: "b:1" }),
    /^warning/,
    /may change .*: a:1, b:1\./,
    /ignore this warning/,
  ],
  [
    "hooks-without-cloud-init",
    all(s390x, args("--hooks", "onDefineDomain")),
    /^warning/,
    /Remove --hooks and --version/,
  ],
  [
    "hooks-without-cloud-init",
    all(s390x, args("--delivery", "domain")),
    /^error/,
    /Remove --delivery,/,
  ],
  [
    "hooks-without-cloud-init",
    all(s390x, args("--version", "v1alpha3", "--hooks", "onDefineDomain")),
    /^warning/,
  ],
  [
    "hook-version",
    args("--version", "v1alpha2"),
    /to v1alpha2\./,
  ],

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

  // The share.
  [
    "virtiofs-filesystem-missing",
    spec((s) => s.domain.devices.filesystems = []),
    /\{name: VOLUME, virtiofs: \{\}\}/,
  ],
  [
    "webhook-missing",
    all(identityWebhook({})),
    /among the webhooks given: pod-identity-webhook\./,
    /cannot connect to \/var\/run\/kubevirt/,
    /Install it, add its manifest/,
  ],
  [
    "webhook-missing",
    all(noAccounts, identityWebhook({}), virtApi),
    /given: pod-identity-webhook, virt-api-mutator\./,
  ],
  [
    "webhook-missing",
    webhook("team"),
    /^error webhooks: /,
    /excludes the namespace team\./,
    /in its namespaceSelector/,
  ],
  [
    "filesystem-without-volume",
    spec((s) => s.domain.devices.filesystems.push({ name: "lost", virtiofs: {} })),
    /The filesystem lost has/,
    /Add the volume lost to/,
  ],
  [
    "mount-path-readable",
    args("--token-readers", "group:app", "--mount-path", "/srv/token"),
    /share at \/srv\/token,/,
    /mounted at \/root|mounted at \/run|mounted at \/\S+, where only root may enter/,
  ],
  [
    "mount-path-readable",
    args("--token-readers", "root", "--mount-path", "/rooted/token"),
    /share at \/rooted\/token,/,
  ],
  [
    "container-path-writable",
    containerPath("token", { path: "/srv", readOnly: false }),
    /volume token says/,
  ],
  [
    "container-path-unmounted",
    containerPath("token", { path: "/run/secrets/eks.amazonaws.com/serviceaccount" }),
    /^error/,
    RegExp(`EKS's webhook mounts ${TOKEN_FOLDER}`),
    RegExp(`Write path: ${TOKEN_FOLDER} `),
  ],
  [
    "container-path-unmounted",
    containerPath("token", { path: "/opt/nowhere" }),
    /^warning/,
    /volume token shares \/opt\/nowhere,/,
    /or remove the volume/,
  ],
  [
    "container-path-elsewhere",
    containerPath("token", { path: KUBERNETES_FOLDER }),
    RegExp(`volume token shares ${KUBERNETES_FOLDER},`),
    RegExp(`Write path: ${TOKEN_FOLDER} `),
  ],
  ["container-path-name", containerPath("aws-iam-token"), /has the name aws-iam-token,/],
  [
    "container-path-other-kind",
    all(associated, containerPath("irsa")),
    /folder of IRSA, and the VM is made for EKS Pod Identity/,
    /role by IRSA, write the value "true" into the label eks-irsa-sidecar/,
  ],
  [
    "container-path-other-kind",
    all(associated, containerPath("irsa", { path: `${TOKEN_FOLDER}//` })),
    /role by IRSA/,
  ],
  [
    "container-path-other-kind",
    all(labelled("true"), podIdentity),
    /folder of EKS Pod Identity, and the VM is made for IRSA/,
    /write the value "pod-identity" into/,
  ],

  // EKS Pod Identity.
  [
    "pod-identity-network",
    labelled("pod-identity"),
    /^warning/,
    /Agent: it names no network/,
    /the network \{name: default, pod: \{\}\} .*: \| \{name: default, masquerade: \{\}\}$/,
  ],
  [
    "pod-identity-trust",
    all(associated, beside(podIdentityTrust())),
    /does not allow sts:AssumeRole and sts:TagSession to pods/,
    /examples\/pod-identity-trust-policy\.json/,
  ],
  [
    "pod-identity-irsa-webhook",
    all(podIdentity, masquerade, webhook()),
    /ServiceAccount team\/app has the role of IRSA/,
    /Remove the annotation/,
  ],
  [
    "pod-identity-packages",
    all(podIdentity, masquerade, image("quay.io/containerdisks/debian:12")),
    /The guest is Debian 12/,
    /installer or with pip/,
  ],

  // The cloud-init volume and the user data.
  [
    "cloud-init-missing",
    all(sysprepOnly),
    /add it to the Secret unattend as the key eks-irsa-sidecar\.ps1, .*: \| "args": \["--hooks", "onDefineDomain"\]$/,
  ],
  ["cloud-init-missing", all(noCloudInit, args("--os", "x")), /Add a volume with cloudInitNoCloud/],
  [
    "cloud-init-missing",
    all(windows, noCloudInit),
    /Add a volume with cloudInitConfigDrive .* has to read in the guest/,
  ],
  [
    "cloud-init-repeated",
    spec((s) => s.volumes.push({ name: "two", cloudInitConfigDrive: { userData: "#!" } })),
    /has 2 cloud-init volumes/,
    /only the first, ci\./,
  ],
  [
    "secret-without-user-data",
    all(
      cloudInit({ secretRef: { name: "s" } }),
      beside({
        kind: "Secret",
        metadata: { name: "s", namespace: "team" },
        stringData: { a: "b" },
      }),
    ),
    /Secret s has no readable key userdata or userData/,
    /Rename the key to userdata;/,
  ],
  [
    "user-data-untouched",
    all(args("--delivery", "cloud-init"), userData("no format")),
    /and the linux guest \(/,
    /Remove --delivery and --hooks/,
  ],
  [
    "user-data-untouched",
    all(windows, args("--delivery", "cloud-init"), userData("no format")),
    /#ps1_sysnative/,
  ],
  ["user-data-untouched", all(s390x, userData("hostname:")), /has to be #cloud-config\. If/],
  ["user-data-untouched", all(windows, userData("no format")), /#ps1_sysnative .*set --os linux/],
  [
    "user-data-untouched",
    all(s390x, userData("no format")),
    /#cloud-config, #! .*set --os windows/,
  ],
  [
    "user-data-untouched",
    all(s390x, userData("\uFEFF\n# a\nb: c\n")),
    /has to be #cloud-config\. If/,
    /onDefineDomain"\]$/,
  ],
  ["user-data-untouched", all(s390x, userData("a.b-c:\n  d: 1\n")), /has to be #cloud-config\. If/],
  ["user-data-untouched", all(s390x, userData("a:b\n")), /^(?!.*If another program)/],
  ["user-data-untouched", all(s390x, userData("see a: b\n")), /^(?!.*If another program)/],
  ["static-credentials", userData("#!/bin/sh\nexport AWS_PROFILE=a\n"), /sets AWS_PROFILE\./],
  [
    "static-credentials",
    userData("#!/bin/sh\nexport aws_access_key_id=a\n"),
    /sets aws_access_key_id\./,
  ],
  [
    "cloud-init-disabled",
    userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    /systemd 256 or later, and not where/,
    /Remove this from the user data/,
  ],
  [
    "cloud-init-disabled",
    all(
      args("--delivery", "cloud-init"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
    /no token from the second boot on/,
  ],
  [
    "mount-path-taken",
    userData('#cloud-config\nmounts:\n- [data, "/aws-iam-token", virtiofs]\n'),
    /names \/aws-iam-token, where the guest mounts/,
    /another --mount-path/,
  ],
  [
    "mount-path-taken",
    userData("#!/bin/sh\nmount tmpfs /run/aws-iam-token\n"),
    /names \/run\/aws-iam-token, where the sidecar publishes/,
    /Use another folder/,
  ],
  [
    "mount-tag-mounted",
    userData("#!/bin/sh\nmount -t virtiofs aws-iam-token /srv\n"),
    /share, aws-iam-token\./,
    /file that AWS_WEB_IDENTITY_TOKEN_FILE names/,
  ],

  ...[
    irsaWebhook("irsa-mutation-webhook", [{}]),
    irsaWebhook("any", [{ name: "any" }, { name: "irsa-mutation-webhook.kubevirt.io" }]),
    irsaWebhook("any", [{ clientConfig: { service: { name: "irsa-mutation-webhook" } } }]),
  ].map((edit) =>
    [
      "guaranteed-with-webhook",
      all(dedicated, containerPath(), edit),
      /webhook adds its container/,
    ] as const
  ),

  // Windows.
  [
    "sysprep-script-missing",
    all(
      windows,
      args("--hooks", "onDefineDomain"),
      spec((s) =>
        s.volumes.push({ name: "sysprep", sysprep: { configMap: { name: "unattend" } } })
      ),
      unattend({}),
    ),
    /has no key eks-irsa-sidecar\.ps1/,
  ],
  [
    "windows-cloud-init-disk",
    all(windows, spec((s) => s.domain.devices.disks[1] = { name: "ci", disk: {} })),
    /disks\[1\]: The cloud-init volume ci is a disk and no CD-ROM/,
    /\{name: ci, cdrom: \{bus: sata\}\}/,
  ],
  [
    "windows-cloud-init-disk",
    all(windows, spec((s) => s.domain.devices.disks.pop())),
    /volumes\[2\]: No disk names the cloud-init volume ci/,
  ],
  [
    "windows-no-cloud",
    windows,
    /volume ci is a NoCloud/,
    /Write cloudInitConfigDrive, or add cloudbaseinit/,
  ],
  [
    "windows-mount-path",
    all(windows, args("--mount-path", "D:\\a\\token")),
    /names D:\\a\\token\./,
    /in C:\\ProgramData\\eks-irsa-sidecar, where/,
  ],
  [
    "windows-mount-path",
    all(windows, args("--mount-path", "C:\\ProgramData\\eks-irsa-sidecar-2\\token")),
    /names C:/,
  ],
  [
    "windows-mount-path",
    all(sysprepVm, args("--hooks", "onDefineDomain", "--os", "windows", "--mount-path", "D:\\t")),
    /names D:/,
  ],
  [
    "sysprep-script-missing",
    all(sysprepVm, unattend({ "unattend.xml": SYSPREP_COMMAND })),
    /ConfigMap team\/unattend has no key eks-irsa-sidecar\.ps1/,
    /Add what eks-irsa-sidecar sysprep prints/,
  ],
  [
    "sysprep-script-not-run",
    all(
      sysprepVm,
      unattend({
        "Autounattend.xml": "<a/>",
        "unattend.xml": "<a/>",
        "my-unattend.xml": SYSPREP_COMMAND,
        "unattend.xml.old": SYSPREP_COMMAND,
        "eks-irsa-sidecar.ps1": scriptFor(),
      }),
    ),
    /unattend runs the script: Autounattend\.xml, unattend\.xml\./,
    /pass specialize what eks-irsa-sidecar sysprep --output command/,
  ],
  [
    "sysprep-script-stale",
    all(
      sysprepVm,
      unattend({ "eks-irsa-sidecar.ps1": scriptFor("arn:aws:iam::111122223333:role/before") }),
    ),
    /ps1 in ConfigMap team\/unattend is not today's: another AWS_ROLE_ARN\./,
    /Replace it .*virtctl restart/,
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": "Write-Host 1" })),
    /today's: it holds no settings of the script\./,
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": `# older\r\n${scriptFor()}` })),
    /today's: the script of another release\./,
  ],

  // The guest.
  [
    "reader-takes-no-mime",
    all(
      metadata("annotations", "vm.kubevirt.io/os", "talos"),
      cloudInit({ secretRef: { name: "s" } }),
    ),
    /volumes\[2\]\.cloudInitNoCloud: The sidecar adds nothing/,
  ],
  ...[["stages", "Kairos"], ["k3os", "k3OS"], ["rancher", "RancherOS"], ["coreos", "Flatcar"]].map(
    ([key, guest]) =>
      [
        "reader-doubtful",
        userData(`#cloud-config\nhostname: a\n${key}: 1\n`),
        RegExp(`may be .*${guest}.*: the user data has a key`, "i"),
        /add vm\.kubevirt\.io\/os/,
      ] as const,
  ),
  ...["https://example.com/talos.raw", "docker://example.com/talos"].map((url) =>
    [
      "reader-doubtful",
      all(
        spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
        beside({
          kind: "DataVolume",
          metadata: { name: "d" },
          spec: { source: { http: { url } } },
        }),
      ),
      /may be Talos: a name is \S*example\.com/,
      /give the sidecar the args \["--os", "linux"\], which .* add vm\.kubevirt\.io\/os with its name/,
    ] as const
  ),
  [
    "reader-doubtful",
    spec((s) => s.volumes[0] = { name: "talos", containerDisk: { image: "x:1" } }),
    /a name is talos/,
  ],
  [
    "reader-doubtful",
    image("registry.example/alpine:3"),
    /may be Alpine/,
    /args \["--hooks", "onDefineDomain"\]: the domain then/,
  ],
  [
    "guest-without-systemd",
    all(noCloudInit, args("--hooks", "onDefineDomain"), image("registry.example/alpine:3")),
    /the guest is Alpine/,
    /systemd 256 or later, or/,
  ],
  [
    "guaranteed-with-webhook",
    dedicated,
    /webhook shares the token/,
    /Share the token with a containerPath volume .*or make the webhook's requests equal/,
  ],
  [
    "guaranteed-with-webhook",
    all(dedicated, containerPath(), webhook()),
    /webhook adds its container/,
    /Exclude the VM's namespace .*or make/,
  ],
  ["metadata-name", ({ vm }) => vm.metadata.name = 1234, /Put the name in quotes/],
  [
    "text-expected",
    metadata("labels", "environment", false),
    /labels\.environment is the boolean false,/,
    /Put the value in quotes/,
  ],
  [
    "repeated-key",
    all(metadata("labels", "os", "linux"), metadata("labels", "again:os", "other")),
    /labels\.os is there more than once/,
    /Remove all but one/,
  ],
];

for (const [index, [code, edit, ...words]] of SAYS.entries()) {
  Deno.test(`what ${code} says, ${index}: ${words.join()}`, () => {
    const [finding, ...others] = findingsOf(edit).filter((one) => one.code === code);
    assert.ok(finding);
    assert.deepEqual(others, []);
    const { severity, path, what, why, fix, snippet = "none" } = finding;
    const text = `${severity} ${formatPath(path)}: ${[what, why, fix, snippet].join(" | ")}`;
    for (const word of [/\| [A-Z][^|]*\S \| [^|]*$/, ...words]) assert.match(text, word);
  });
}

/** A rule, and a VM in which it finds nothing, though something is like what it looks for. */
const SILENT: readonly (readonly [string, Edit])[] = [
  ...["stages", "k3os", "rancher", "coreos"].map((key) =>
    ["reader-doubtful", userData(`#cloud-config\nmy-${key}: 1\n`)] as const
  ),
  ["hooks-without-cloud-init", args("--os", "x")],
  ["hooks-without-cloud-init", sysprepVm],
  [
    "hooks-without-cloud-init",
    all(image("registry.example/alpine:3"), args("--hooks", "onDefineDomain")),
  ],
  ["hooks-without-cloud-init", s390x],
  ...[
    { "kubevirt.io": "virt-launcher" },
    { "kubevirt.io/created-by": "a" },
    { "vm.kubevirt.io/name": "vm" },
    { team: "x" },
  ].map((matchLabels) =>
    [
      "identity-webhook-missing",
      all(metadata("labels", "team", "x"), identityWebhook({ objectSelector: { matchLabels } })),
    ] as const
  ),
  [
    "identity-webhook-missing",
    all(
      virtApi,
      beside({
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "any" },
        webhooks: [{}, { name: "pod-identity-webhook.amazonaws.com" }],
      }),
    ),
  ],
  [
    "sysprep-script-missing",
    all(
      windows,
      spec((s) =>
        s.volumes.push({ name: "sysprep", sysprep: { configMap: { name: "unattend" } } })
      ),
      unattend({}),
    ),
  ],
  [
    "guaranteed-with-webhook",
    all(dedicated, containerPath(), irsaWebhook("any", [{ name: "any" }])),
  ],
  [
    "guaranteed-with-webhook",
    all(dedicated, containerPath(), irsaWebhook("irsa-mutation-webhook", [{}], "Other")),
  ],
  [
    "mount-path-readable",
    args("--token-readers", "root", "--mount-path", linuxGuest.defaultMountPath("root")),
  ],
  ["inject-opted-out", listed("false")],
  ["inject-without-owner", all(unlabelled, sidecars(OURS), bareVmi, namespace("true"))],
  ["inject-misplaced", all(optedIn, bareVmi)],
  ["inject-name-taken", all(optedIn, annotation("{}"))],
  ["inject-role-unseen", all(role(undefined), roleInConfigMap)],
  ["inject-role-unseen", all(associated, roleInConfigMap)],
  ["admission-binding-missing", bindings("none")],
  ["admission-policy-changed", changedPolicy],
  ["admission-overlay", all(deployed(POLICY), version("v1.8.2"))],
  ["admission-overlay", all(optedIn, deployed(POLICY, byVolume), version("v1.9-vendor"))],
  ["admission-overlay", all(optedIn, deployed(POLICY), version("v1.9-vendor"))],
  ["sidecar-missing", annotation("")],
  [
    "sidecar-missing",
    all(({ vm }) => vm.metadata.annotations = vm.spec.template.metadata.annotations, without),
  ],
  ["identity-webhook-missing", all(virtApi, role(undefined))],
  ["webhook-volume-taken", spec((s) => s.volumes.push({ name: "aws-iam-token", emptyDisk: {} }))],
  [
    "webhook-volume-taken",
    all(role(undefined), spec((s) => s.volumes.push({ name: "aws-iam-token", secret: {} }))),
  ],
  [
    "webhook-skips-container",
    metadata("annotations", "eks.amazonaws.com/skip-containers", "proxy\nhook-sidecar-0"),
  ],
  [
    "webhook-skips-container",
    all(
      role(undefined),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-0"),
    ),
  ],
  [
    "webhook-skips-container",
    all(
      annotation("{}"),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-0"),
    ),
  ],
  [
    "webhook-skips-pod",
    all(
      identityWebhook({}),
      metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "x"),
    ),
  ],
  ["service-account-field", spec((s) => s.serviceAccountName = "app")],
  ["service-account-field", all(version("v1.8-vendor"), optedIn)],
  ["service-account-field", all(version("v1.8.1"), deployed(POLICY), byAnnotation)],
  ["service-account-unknown", noAccounts],
  ["service-account-unknown", defaultAccount],
  ["role-arn-missing", noAccounts],
  ["role-arn-malformed", all(associated, role("two words"))],
  ["role-name-only", all(associated, role("report-writer"))],
  ["virtiofs-filesystem-missing", containerPath()],
  ["mount-path-readable", args("--mount-path", "/srv/token")],
  ["mount-path-readable", args("--token-readers", "root")],
  ["container-path-unmounted", withoutFilesystem("/opt/nowhere")],
  ["container-path-other-kind", all(associated, withoutFilesystem(TOKEN_FOLDER))],
  [
    "container-path-elsewhere",
    all(containerPath(), containerPath("k", { path: KUBERNETES_FOLDER })),
  ],
  ["container-path-elsewhere", containerPath("token", { path: `${TOKEN_FOLDER}//` })],
  ["container-path-elsewhere", withoutFilesystem(TOKEN_FOLDER)],
  ["container-path-elsewhere", withoutFilesystem(`${TOKEN_FOLDER}//`)],
  ["container-path-name", all(containerPath("aws-iam-token", { path: "/opt/nowhere" }))],
  ["gate-container-path", all(containerPath(), gates("Sidecar"), version("v1.7.1"))],
  ["gate-plugins", all(gates("Plugins"), args("--hooks", "preCloudInitIso"))],
  ["gate-plugins", all(gates("Plugins"), plugin("zz-eks-irsa-sidecar-device-address"))],
  ["kubevirt-too-old", version("v1.7.1")],
  ["sidecar-memory", kubevirt(() => {})],
  ["sidecar-memory", resources("much")],
  [
    "other-sidecar",
    all(
      args("--hooks", "onDefineDomain"),
      sidecars({ ...OURS, args: ["--hooks", "onDefineDomain"] }, { image: "a:1" }),
    ),
  ],
  ["other-sidecar", sidecars({ image: "a:1" })],
  ["hooks-without-domain", all(containerPath(), args("--hooks", "preCloudInitIso"))],
  ["hooks-without-cloud-init", args("--delivery", "domain")],
  ["guaranteed-with-webhook", webhook()],
  ["guaranteed-with-webhook", all(dedicated, containerPath())],
  ["guaranteed-with-webhook", all(dedicated, containerPath(), webhook(), role(undefined))],
  ["pod-identity-trust", all(optedIn, beside(podIdentityTrust()))],
  ["pod-identity-irsa-webhook", all(associated, webhook(), roleInConfigMap)],
  ["pod-identity-irsa-webhook", all(optedIn, webhook())],
  [
    "pod-identity-network",
    all(
      labelled("pod-identity"),
      kubevirt((kv) => {
        Object.assign(kv.spec.configuration, {
          network: { defaultNetworkInterface: "masquerade" },
        });
      }),
    ),
  ],
  ["secret-without-user-data", cloudInit({ secretRef: { name: "s" } })],
  ["user-data-untouched", all(s390x, args("--hooks", "onDefineDomain"), userData("no format"))],
  ["static-credentials", userData("#!/bin/sh\nexport MY_AWS_PROFILE_NAME=a\n")],
  [
    "cloud-init-disabled",
    all(
      args("--hooks", "onDefineDomain"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
  ],
  [
    "cloud-init-disabled",
    all(windows, userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n")),
  ],
  [
    "cloud-init-disabled",
    all(
      image("quay.io/kairos/ubuntu:24.04"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
  ],
  ["cloud-init-missing", all(noCloudInit, args("--hooks", "onDefineDomain"))],
  [
    "mount-path-taken",
    all(args("--hooks", "onDefineDomain"), userData("#!/bin/sh\nls /aws-iam-token\n")),
  ],
  ["mount-tag-mounted", all(windows, userData("#ps1\nmount -t virtiofs aws-iam-token\n"))],
  ["mount-tag-mounted", userData("#!/bin/sh\necho virtiofs\nmount aws-iam-token /srv\n")],
  ["environment-replaced", all(windows, userData("#ps1\necho 1 >/etc/environment\n"))],
  ["windows-cloud-init-disk", spec((s) => s.domain.devices.disks.pop())],
  ["windows-cloud-init-disk", all(windows, args("--hooks", "onDefineDomain"))],
  ["windows-no-cloud", all(windows, args("--hooks", "onDefineDomain"))],
  ["windows-mount-path", args("--mount-path", "/srv/token")],
  [
    "windows-mount-path",
    all(windows, args("--mount-path", "c:\\programdata\\EKS-irsa-sidecar\\token")),
  ],
  ["sysprep-script-missing", sysprepVm],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor(undefined, "ap-south-1") })),
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor().replaceAll("\n", "\r\n") })),
  ],
  ["sysprep-script-not-run", all(sysprepVm, unattend({ "unattend.xml": "<a/>" }))],
  ["sysprep-script-not-run", all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() }))],
  ["metadata-name", ({ vm }) => delete vm.metadata.name],
  [
    "reader-doubtful",
    all(
      spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
      beside({
        kind: "DataVolume",
        metadata: { name: "other" },
        spec: { source: { http: { url: "https://example.com/talos" } } },
      }),
    ),
  ],
  [
    "reader-doubtful",
    all(
      spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
      beside({
        kind: "DataImportCron",
        metadata: { name: "d" },
        spec: { source: { http: { url: "https://example.com/talos" } } },
      }),
    ),
  ],
];

for (const [index, [code, edit]] of SILENT.entries()) {
  Deno.test(`${code} finds nothing, ${index}`, () => {
    assert.ok(!codesOf(edit).includes(code));
  });
}

/** The members of the sidecar's entry at which findings are. */
const MEMBERS: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  ["sidecar-upstream-image", "image", { image: "kubevirt/eks-irsa-sidecar" }],
  ["sidecar-command", "command", { command: ["sh"] }],
  ["sidecar-args", "args", { args: ["--os", "x"] }],
  ["hook-fails", "args", { args: ["--mount-path", "C:\\token"] }],
  ["hooks-without-domain", "args", { args: ["--hooks", "preCloudInitIso"] }],
  ["hook-version", "args", { args: ["--version", "v1alpha2"] }],
  ["mount-path-readable", "args", { args: ["--token-readers", "root", "--mount-path", "/a"] }],
];

for (const [code, name, members] of MEMBERS) {
  Deno.test(`${code} is at the member ${name} of the sidecar's entry`, () => {
    const entries = [{ image: "other:1", args: [], command: [] }, { ...OURS, a: 1, ...members }];
    const text = JSON.stringify(entries);
    const found = findingsOf(annotation(text)).find((finding) => finding.code === code);
    assert.equal(found?.character, text.lastIndexOf(`"${name}"`));
  });
}

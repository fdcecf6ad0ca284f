import type { JsonObject } from "../../src/text/json.ts";
import { POD_IDENTITY_FOLDER } from "./pod_identity.ts";

/**
 * What the policy in deploy/ does to a VirtualMachineInstance when it is created. The cases are plain data: the unit
 * tests hold src/admission to them, and the API server and Kyverno judge that deploy/ agrees.
 */
export interface AdmissionCase {
  readonly name: string;
  /** The VMI as it is created. Its namespace is one of {@link NAMESPACES}. */
  readonly vmi: JsonObject;
  readonly expected: ExpectedAdmission;
  /** What the overlay for KubeVirt 1.8 does, where it differs. */
  readonly expectedOn18?: ExpectedAdmission;
}

export type ExpectedAdmission =
  | { readonly kind: "enrolled"; readonly added: Added }
  /** Nothing is changed. */
  | { readonly kind: "left alone"; readonly reason: string }
  /** The VMI is refused. The message, which is in deploy/messages, contains this text. */
  | { readonly kind: "refused"; readonly reason: string; readonly message: string };

/** What is added to a VMI. Everything else stays as it is. */
export interface Added {
  /** The new text of the annotation hooks.kubevirt.io/hookSidecars; undefined if it stays. */
  readonly sidecars?: string;
  readonly serviceAccountName?: string;
  /** Volumes behind the owner's. */
  readonly volumes: readonly JsonObject[];
  /** Filesystems behind the owner's. */
  readonly filesystems: readonly JsonObject[];
}

export const INJECT_LABEL = "eks-irsa-sidecar.github.io/inject";
export const ACCOUNT_ANNOTATION = "eks-irsa-sidecar.github.io/service-account";
export const SIDECARS_ANNOTATION = "hooks.kubevirt.io/hookSidecars";
export const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

/** The namespaces of the cases. */
export const NAMESPACES: readonly JsonObject[] = [
  namespace("reports", {}),
  namespace("shop", { [INJECT_LABEL]: "true" }),
  namespace("closed", { [INJECT_LABEL]: "false" }),
  namespace("associated", { [INJECT_LABEL]: "pod-identity" }),
];

/** Their service accounts. */
export const SERVICE_ACCOUNTS: readonly JsonObject[] = [
  serviceAccount("reports", "default"),
  serviceAccount("reports", "report-writer", "arn:aws:iam::111122223333:role/report-writer"),
  serviceAccount("reports", "plain"),
  serviceAccount("reports", "empty", ""),
  serviceAccount("shop", "default", "arn:aws:iam::111122223333:role/shop"),
  serviceAccount("shop", "orders", "arn:aws:iam::111122223333:role/orders"),
  serviceAccount("shop", "plain"),
  serviceAccount("closed", "default", "arn:aws:iam::111122223333:role/closed"),
  serviceAccount("associated", "default"),
  serviceAccount("associated", "orders"),
  serviceAccount("associated", "migrated", "arn:aws:iam::111122223333:role/migrated"),
];

/**
 * The VMI that a case expects: the VMI itself, or with what is added.
 *
 * @throws {Error} if the case expects a refusal.
 */
export function expectedVmi({ vmi }: AdmissionCase, expected: ExpectedAdmission): JsonObject {
  if (expected.kind === "refused") throw new Error("No VMI is expected.");
  if (expected.kind === "left alone") return vmi;
  const { sidecars, serviceAccountName, volumes, filesystems } = expected.added;
  // The cases are written below: their members have the types that are read here.
  const result = structuredClone(vmi) as {
    metadata: { annotations?: Record<string, string> };
    spec: {
      serviceAccountName?: string;
      volumes?: JsonObject[];
      domain: { devices?: { filesystems?: JsonObject[] } };
    };
  };
  const { metadata, spec } = result;
  if (sidecars !== undefined) {
    metadata.annotations = { ...metadata.annotations, [SIDECARS_ANNOTATION]: sidecars };
  }
  if (serviceAccountName !== undefined) spec.serviceAccountName = serviceAccountName;
  spec.volumes = [...spec.volumes ?? [], ...volumes];
  const devices = spec.domain.devices ??= {};
  devices.filesystems = [...devices.filesystems ?? [], ...filesystems];
  return { ...result };
}

const IMAGE = "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0";
const OURS = `{"image": "${IMAGE}"}`;
const OURS_WITHOUT_CLOUD_INIT = `{"image": "${IMAGE}", "args": ["--hooks", "onDefineDomain"]}`;

const CLOUD_INIT = { name: "cloudinit", cloudInitNoCloud: { userData: "#cloud-config\n" } };
const OWNED = {
  ownerReferences: [{
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    name: "vm",
    uid: "00000000-0000-4000-8000-000000000001",
  }],
};
const SHIM = {
  args: ["--version", "v1alpha2"],
  image: "quay.io/kubevirt/sidecar-shim:v1.9.0",
  configMap: { name: "m", key: "s.sh", hookPath: "/usr/bin/onDefineDomain" },
};

const optedIn = { labels: { [INJECT_LABEL]: "true" } };
const podIdentity = { labels: { [INJECT_LABEL]: "pod-identity" } };
const annotated = (name: string) => ({ annotations: { [ACCOUNT_ANNOTATION]: name } });
const withSidecars = (text: string) => ({
  annotations: { [ACCOUNT_ANNOTATION]: "report-writer", [SIDECARS_ANNOTATION]: text },
});
const tokenVolume = (name = "web-identity", path = TOKEN_FOLDER) => ({
  name,
  containerPath: { path, readOnly: true },
});
const accountVolume = (name: string, serviceAccountName: string) => ({
  name,
  serviceAccount: { serviceAccountName },
});
const virtiofs = (name = "web-identity") => ({ name, virtiofs: {} });
const POD_IDENTITY_SHARE = {
  volumes: [tokenVolume("pod-identity", POD_IDENTITY_FOLDER)],
  filesystems: [virtiofs("pod-identity")],
};
const emptyDisk = (name: string) => ({ name, emptyDisk: { capacity: "1Gi" } });
const disk = (name: string) => ({ name, disk: { bus: "virtio" } });

/** A VMI of the namespace `reports` with a cloud-init volume. */
function vmi(
  name: string,
  metadata: JsonObject,
  spec: JsonObject = {},
  devices: JsonObject | undefined = { disks: [disk("cloudinit")] },
): JsonObject {
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { name, namespace: "reports", ...metadata },
    spec: {
      domain: { memory: { guest: "1Gi" }, ...(devices === undefined ? {} : { devices }) },
      volumes: [CLOUD_INIT],
      ...spec,
    },
  };
}

/** The usual additions: the sidecar, and the token's folder. */
function enrolled(more: Partial<Added> = {}): ExpectedAdmission {
  return {
    kind: "enrolled",
    added: {
      sidecars: `[${OURS}]`,
      volumes: [tokenVolume()],
      filesystems: [virtiofs()],
      ...more,
    },
  };
}

/** The additions for EKS Pod Identity. */
function enrolledInPodIdentity(more: Partial<Added> = {}): ExpectedAdmission {
  return enrolled({ ...POD_IDENTITY_SHARE, ...more });
}

/** The usual additions, and the account of the annotation: a field on KubeVirt 1.9, and a volume on 1.8. */
function enrolledAs(account: string, more: Partial<Added> = {}, volume = "serviceaccount") {
  const { volumes = [tokenVolume()], filesystems = [virtiofs()] } = more;
  return {
    expected: enrolled({ ...more, serviceAccountName: account }),
    expectedOn18: enrolled({
      ...more,
      volumes: [accountVolume(volume, account), ...volumes],
      filesystems: [virtiofs(volume), ...filesystems],
    }),
  };
}

function leftAlone(reason: string): { readonly expected: ExpectedAdmission } {
  return { expected: { kind: "left alone", reason } };
}

function namespace(name: string, labels: Readonly<Record<string, string>>): JsonObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function serviceAccount(namespace: string, name: string, roleArn?: string): JsonObject {
  const annotations = roleArn === undefined ? {} : { "eks.amazonaws.com/role-arn": roleArn };
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name, annotations } };
}

export const ADMISSION_CASES: readonly AdmissionCase[] = [
  // Who is enrolled.
  {
    name: "the label, and spec.serviceAccountName",
    vmi: vmi("account-field", optedIn, { serviceAccountName: "report-writer" }),
    expected: enrolled(),
  },
  {
    name: "the label, and the annotation with the account",
    vmi: vmi("account-annotation", { ...optedIn, ...annotated("report-writer") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "the label, and a serviceAccount volume",
    vmi: vmi(
      "account-volume",
      optedIn,
      { volumes: [CLOUD_INIT, accountVolume("sa", "report-writer")] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("sa")] },
    ),
    expected: enrolled(),
  },
  {
    name: "the namespace's label, and its default account",
    vmi: vmi("namespace-default", { namespace: "shop", ...OWNED }),
    expected: enrolled(),
  },
  {
    name: "the namespace's label, and the annotation with the account",
    vmi: vmi("namespace-annotation", { namespace: "shop", ...OWNED, ...annotated("orders") }),
    ...enrolledAs("orders"),
  },
  {
    name: "both labels",
    vmi: vmi("both-labels", { namespace: "shop", ...OWNED, ...optedIn }),
    expected: enrolled(),
  },
  {
    name: "the label, in a namespace that opts out",
    vmi: vmi("own-label-first", { namespace: "closed", ...OWNED, ...optedIn }),
    expected: enrolled(),
  },
  {
    name: "a VMI without an owner, with the label, in a namespace with the label",
    vmi: vmi("own-manifest", { namespace: "shop", ...optedIn }),
    expected: enrolled(),
  },
  {
    name: "the older version of KubeVirt's API",
    vmi: {
      ...vmi("v1alpha3", optedIn, { serviceAccountName: "report-writer" }),
      apiVersion: "kubevirt.io/v1alpha3",
    },
    expected: enrolled(),
  },

  // Who is left alone.
  {
    name: "no label",
    vmi: vmi("no-label", OWNED, { serviceAccountName: "report-writer" }),
    ...leftAlone("not opted in"),
  },
  {
    name: "no label, but the annotation",
    vmi: vmi("annotation-alone", { ...OWNED, ...annotated("report-writer") }),
    ...leftAlone("not opted in"),
  },
  {
    name: "the label false",
    vmi: vmi("opted-out", { labels: { [INJECT_LABEL]: "false" } }, {
      serviceAccountName: "report-writer",
    }),
    ...leftAlone("opted out"),
  },
  {
    name: "the label false, in a namespace with the label",
    vmi: vmi("own-opt-out", {
      namespace: "shop",
      ...OWNED,
      labels: { [INJECT_LABEL]: "false" },
    }),
    ...leftAlone("opted out"),
  },
  {
    name: "a namespace that opts out",
    vmi: vmi("namespace-opts-out", { namespace: "closed", ...OWNED }),
    ...leftAlone("opted out"),
  },
  {
    name: "an unknown value of the label",
    vmi: vmi("unknown-value", { labels: { [INJECT_LABEL]: "yes" } }, {
      serviceAccountName: "report-writer",
    }),
    ...leftAlone("unknown value"),
  },
  {
    name: "an empty value of the label, in a namespace with the label",
    vmi: vmi("empty-value", { namespace: "shop", ...OWNED, labels: { [INJECT_LABEL]: "" } }),
    ...leftAlone("unknown value"),
  },
  {
    name: "a VMI without an owner, in a namespace with the label",
    vmi: vmi("no-owner", { namespace: "shop" }),
    ...leftAlone("no owner"),
  },
  {
    name: "an account without a role",
    vmi: vmi("plain-account", optedIn, { serviceAccountName: "plain" }),
    ...leftAlone("no role"),
  },
  {
    name: "an account with an empty role",
    vmi: vmi("empty-role", optedIn, { serviceAccountName: "empty" }),
    ...leftAlone("no role"),
  },
  {
    name: "the annotation with an account without a role",
    vmi: vmi("plain-annotation", { ...optedIn, ...annotated("plain") }),
    ...leftAlone("no role"),
  },
  {
    name: "no account, where the default account has no role",
    vmi: vmi("default-account", optedIn),
    ...leftAlone("no role"),
  },
  {
    name: "an account that does not exist",
    vmi: vmi("unknown-account", optedIn, { serviceAccountName: "nobody" }),
    ...leftAlone("no account"),
  },
  {
    name: "an account of another namespace",
    vmi: vmi("other-namespace", optedIn, { serviceAccountName: "orders" }),
    ...leftAlone("no account"),
  },

  // Which account counts.
  {
    name: "spec.serviceAccountName comes before the annotation",
    vmi: vmi("field-first", { ...optedIn, ...annotated("plain") }, {
      serviceAccountName: "report-writer",
    }),
    expected: enrolled(),
  },
  {
    name: "spec.serviceAccountName without a role comes before the annotation",
    vmi: vmi("plain-field-first", { ...optedIn, ...annotated("report-writer") }, {
      serviceAccountName: "plain",
    }),
    ...leftAlone("no role"),
  },
  {
    name: "a serviceAccount volume comes before the annotation",
    vmi: vmi(
      "volume-first",
      { ...optedIn, ...annotated("plain") },
      { volumes: [accountVolume("sa", "report-writer"), CLOUD_INIT] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("sa")] },
    ),
    expected: enrolled(),
  },
  {
    name: "empty names of accounts do not count",
    vmi: vmi("empty-names", { namespace: "shop", ...OWNED, ...annotated("") }, {
      serviceAccountName: "",
    }),
    expected: enrolled(),
  },

  // The annotation with the sidecars.
  {
    name: "other sidecars stay before ours",
    vmi: vmi("other-sidecars", {
      ...optedIn,
      ...withSidecars(`[${JSON.stringify(SHIM, null, 1)}]\n`),
    }),
    ...enrolledAs("report-writer", {
      sidecars: `[${JSON.stringify(SHIM, null, 1)}, ${OURS}]`,
    }),
  },
  {
    name: "an empty list of sidecars",
    vmi: vmi("empty-list", { ...optedIn, ...withSidecars(" [ \n ] \n") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "an empty annotation",
    vmi: vmi("empty-annotation", { ...optedIn, ...withSidecars("") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "an annotation with null",
    vmi: vmi("null-annotation", { ...optedIn, ...withSidecars("null") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "the owner lists the sidecar with args, by a mirror",
    vmi: vmi("mirror", {
      ...optedIn,
      ...withSidecars(
        '[ {"args": ["--os","linux"], "image" : "1234.dkr.ecr.eu-central-1.amazonaws.com/x/eks-irsa-sidecar@sha256:abc"} ]',
      ),
    }),
    expected: withoutSidecars("report-writer"),
    expectedOn18: withoutSidecars("report-writer", "serviceaccount"),
  },
  {
    name: "the owner lists the sidecar with another key and name, as Go and check read them",
    vmi: vmi("other-spelling", {
      ...optedIn,
      ...withSidecars('[{"Image": "registry.example:5000/my-irsa-sidecar:1"}]'),
    }),
    expected: withoutSidecars("report-writer"),
    expectedOn18: withoutSidecars("report-writer", "serviceaccount"),
  },
  {
    name: "another image, in a folder of the sidecar's name",
    vmi: vmi("other-image", {
      ...optedIn,
      ...withSidecars('[{"image": "registry.example/eks-irsa-sidecar/other:1"}]'),
    }),
    ...enrolledAs("report-writer", {
      sidecars: `[{"image": "registry.example/eks-irsa-sidecar/other:1"}, ${OURS}]`,
    }),
  },
  {
    name: "an annotation that is no list, and an account without a role",
    vmi: vmi("no-list-no-role", {
      ...optedIn,
      annotations: { [SIDECARS_ANNOTATION]: "not a list" },
    }),
    expected: {
      kind: "refused",
      reason: "sidecars are no list",
      message: "hooks.kubevirt.io/hookSidecars is not a list in JSON",
    },
  },
  {
    name: "an annotation that is no list, and no label",
    vmi: vmi("no-list-no-label", { annotations: { [SIDECARS_ANNOTATION]: "not a list" } }),
    ...leftAlone("not opted in"),
  },
  {
    name: "an annotation that is no list",
    vmi: vmi("no-list", { ...optedIn, ...withSidecars('{"image": "x"}') }),
    expected: {
      kind: "refused",
      reason: "sidecars are no list",
      message: "hooks.kubevirt.io/hookSidecars is not a list in JSON",
    },
  },

  // Volumes and filesystems.
  {
    name: "other volumes have the first names",
    vmi: vmi(
      "taken-names",
      { ...optedIn, ...annotated("report-writer") },
      { volumes: [CLOUD_INIT, emptyDisk("web-identity"), emptyDisk("serviceaccount")] },
      { disks: [disk("cloudinit"), disk("web-identity"), disk("serviceaccount")] },
    ),
    ...enrolledAs("report-writer", {
      volumes: [tokenVolume("eks-irsa-sidecar-token")],
      filesystems: [virtiofs("eks-irsa-sidecar-token")],
    }, "eks-irsa-sidecar-account"),
  },
  {
    name: "other volumes have all names of the token's volume",
    vmi: vmi(
      "no-name",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [CLOUD_INIT, emptyDisk("web-identity"), emptyDisk("eks-irsa-sidecar-token")],
      },
      { disks: [disk("cloudinit"), disk("web-identity"), disk("eks-irsa-sidecar-token")] },
    ),
    expected: {
      kind: "refused",
      reason: "a name is taken",
      message: "already has the name eks-irsa-sidecar-token or eks-irsa-sidecar-account",
    },
  },
  {
    name: "other volumes have all names, and the account has no role",
    vmi: vmi(
      "no-name-no-role",
      optedIn,
      {
        serviceAccountName: "plain",
        volumes: [CLOUD_INIT, emptyDisk("web-identity"), emptyDisk("eks-irsa-sidecar-token")],
      },
      { disks: [disk("cloudinit"), disk("web-identity"), disk("eks-irsa-sidecar-token")] },
    ),
    ...leftAlone("no role"),
  },
  {
    name: "other volumes have all names of the account's volume",
    vmi: vmi(
      "no-account-name",
      { ...optedIn, ...annotated("report-writer") },
      {
        volumes: [
          CLOUD_INIT,
          emptyDisk("serviceaccount"),
          emptyDisk("eks-irsa-sidecar-account"),
        ],
      },
      { disks: [disk("cloudinit"), disk("serviceaccount"), disk("eks-irsa-sidecar-account")] },
    ),
    expected: enrolled({ serviceAccountName: "report-writer" }),
    expectedOn18: {
      kind: "refused",
      reason: "a name is taken",
      message: "already has the name eks-irsa-sidecar-token or eks-irsa-sidecar-account",
    },
  },
  {
    name: "the owner's volume of the token's folder, with its filesystem",
    vmi: vmi(
      "own-token-volume",
      optedIn,
      { serviceAccountName: "report-writer", volumes: [CLOUD_INIT, tokenVolume("tok")] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("tok")] },
    ),
    expected: enrolled({ volumes: [], filesystems: [] }),
  },
  {
    name: "the owner's volume of the token's folder, without its filesystem",
    vmi: vmi("own-token-volume-alone", optedIn, {
      serviceAccountName: "report-writer",
      volumes: [CLOUD_INIT, tokenVolume("tok", `${TOKEN_FOLDER}/`)],
    }),
    expected: enrolled({ volumes: [], filesystems: [virtiofs("tok")] }),
  },
  {
    name: "a containerPath volume of another folder",
    vmi: vmi(
      "other-folder",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [CLOUD_INIT, tokenVolume("other", `${TOKEN_FOLDER}/other`)],
      },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("other")] },
    ),
    expected: enrolled(),
  },
  {
    name: "a hundred disks",
    vmi: vmi(
      "hundred-disks",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [CLOUD_INIT, ...hundred((index) => emptyDisk(`d${index}`))],
      },
      { disks: [disk("cloudinit"), ...hundred((index) => disk(`d${index}`))] },
    ),
    expected: enrolled(),
  },
  {
    name: "numbers stay as they are",
    vmi: vmi("numbers", optedIn, {
      serviceAccountName: "report-writer",
      terminationGracePeriodSeconds: 1234567890123,
    }),
    expected: enrolled(),
  },

  // EKS Pod Identity.
  {
    name: "the label pod-identity, and an account without a role",
    vmi: vmi("pod-identity", podIdentity, { serviceAccountName: "plain" }),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and an account with a role by IRSA",
    vmi: vmi("pod-identity-annotated", podIdentity, { serviceAccountName: "report-writer" }),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and the annotation with the account",
    vmi: vmi("pod-identity-account", { ...podIdentity, ...annotated("plain") }),
    ...enrolledAs("plain", POD_IDENTITY_SHARE),
  },
  {
    name: "the label pod-identity, and the default account",
    vmi: vmi("pod-identity-default", podIdentity),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and an account that does not exist",
    vmi: vmi("pod-identity-nobody", podIdentity, { serviceAccountName: "nobody" }),
    ...leftAlone("no account"),
  },
  {
    name: "the label pod-identity, in a namespace with the label true",
    vmi: vmi("pod-identity-first", {
      namespace: "shop",
      ...OWNED,
      ...podIdentity,
      ...annotated("plain"),
    }),
    ...enrolledAs("plain", POD_IDENTITY_SHARE),
  },
  {
    name: "the namespace's label pod-identity",
    vmi: vmi("namespace-pod-identity", { namespace: "associated", ...OWNED }, {
      serviceAccountName: "orders",
    }),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the namespace's label pod-identity, and an account with a role by IRSA",
    vmi: vmi("namespace-pod-identity-annotated", {
      namespace: "associated",
      ...OWNED,
      ...annotated("migrated"),
    }),
    ...enrolledAs("migrated", POD_IDENTITY_SHARE),
  },
  {
    name: "the label true, in a namespace with the label pod-identity",
    vmi: vmi("true-first", { namespace: "associated", ...OWNED, ...optedIn }, {
      serviceAccountName: "migrated",
    }),
    expected: enrolled(),
  },
  {
    name:
      "the label true and an account without a role, in a namespace with the label pod-identity",
    vmi: vmi("true-without-role", { namespace: "associated", ...OWNED, ...optedIn }, {
      serviceAccountName: "orders",
    }),
    ...leftAlone("no role"),
  },
  {
    name: "the label false, in a namespace with the label pod-identity",
    vmi: vmi("opted-out-of-pod-identity", {
      namespace: "associated",
      ...OWNED,
      labels: { [INJECT_LABEL]: "false" },
    }),
    ...leftAlone("opted out"),
  },
  {
    name: "an account without a role, in a namespace with the label true",
    vmi: vmi("namespace-plain", { namespace: "shop", ...OWNED, ...annotated("plain") }),
    ...leftAlone("no role"),
  },
  {
    name: "a VMI without an owner, in a namespace with the label pod-identity",
    vmi: vmi("pod-identity-no-owner", { namespace: "associated" }),
    ...leftAlone("no owner"),
  },
  {
    name: "the owner's volume of Pod Identity's folder",
    vmi: vmi(
      "own-pod-identity-volume",
      podIdentity,
      {
        serviceAccountName: "plain",
        volumes: [CLOUD_INIT, tokenVolume("tok", `${POD_IDENTITY_FOLDER}/`)],
      },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("tok")] },
    ),
    expected: enrolledInPodIdentity({ volumes: [], filesystems: [] }),
  },
  {
    name: "the label pod-identity, and the owner's volume of IRSA's folder",
    vmi: vmi(
      "both-folders",
      podIdentity,
      { serviceAccountName: "plain", volumes: [CLOUD_INIT, tokenVolume()] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs()] },
    ),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and another volume has the first name",
    vmi: vmi(
      "pod-identity-taken",
      podIdentity,
      { serviceAccountName: "plain", volumes: [CLOUD_INIT, emptyDisk("pod-identity")] },
      { disks: [disk("cloudinit"), disk("pod-identity")] },
    ),
    expected: enrolledInPodIdentity({
      volumes: [tokenVolume("eks-irsa-sidecar-token", POD_IDENTITY_FOLDER)],
      filesystems: [virtiofs("eks-irsa-sidecar-token")],
    }),
  },
  {
    name: "the label pod-identity, and other volumes have all names",
    vmi: vmi(
      "pod-identity-no-name",
      podIdentity,
      {
        serviceAccountName: "plain",
        volumes: [CLOUD_INIT, emptyDisk("pod-identity"), emptyDisk("eks-irsa-sidecar-token")],
      },
      { disks: [disk("cloudinit"), disk("pod-identity"), disk("eks-irsa-sidecar-token")] },
    ),
    expected: {
      kind: "refused",
      reason: "a name is taken",
      message: "already has the name eks-irsa-sidecar-token or eks-irsa-sidecar-account",
    },
  },
  {
    name: "the label pod-identity, and an annotation that is no list",
    vmi: vmi("pod-identity-no-list", {
      ...podIdentity,
      annotations: { [SIDECARS_ANNOTATION]: "not a list" },
    }),
    expected: {
      kind: "refused",
      reason: "sidecars are no list",
      message: "hooks.kubevirt.io/hookSidecars is not a list in JSON",
    },
  },
  {
    name: "the label pod-identity, and no cloud-init volume",
    vmi: vmi(
      "pod-identity-no-cloud-init",
      podIdentity,
      {
        serviceAccountName: "plain",
        volumes: [{ name: "root", containerDisk: { image: "x" } }],
      },
      { disks: [disk("root")] },
    ),
    expected: enrolledInPodIdentity({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },

  // Without a cloud-init volume.
  {
    name: "cloud-init data on a ConfigDrive",
    vmi: vmi("config-drive", optedIn, {
      serviceAccountName: "report-writer",
      volumes: [{ name: "cloudinit", cloudInitConfigDrive: { userData: "#cloud-config" } }],
    }),
    expected: enrolled(),
  },
  {
    name: "no cloud-init volume",
    vmi: vmi(
      "no-cloud-init",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [{ name: "root", containerDisk: { image: "x" } }],
      },
      { disks: [disk("root")] },
    ),
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
  {
    name: "a sysprep volume and no cloud-init volume",
    vmi: vmi(
      "sysprep",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [{ name: "sysprep", sysprep: { configMap: { name: "unattend" } } }],
      },
      { disks: [{ name: "sysprep", cdrom: { bus: "sata" } }] },
    ),
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
  {
    name: "no volumes and no annotations at all",
    vmi: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { name: "diskless", namespace: "reports", ...optedIn },
      spec: {
        serviceAccountName: "report-writer",
        domain: { memory: { guest: "1Gi" }, devices: {} },
      },
    },
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
  {
    name: "no devices",
    vmi: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { name: "no-devices", namespace: "reports", ...optedIn },
      spec: { serviceAccountName: "report-writer", domain: { memory: { guest: "1Gi" } } },
    },
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
];

/** The additions to a VM whose owner lists the sidecar. */
function withoutSidecars(account: string, volume?: string): ExpectedAdmission {
  return {
    kind: "enrolled",
    added: volume === undefined
      ? {
        serviceAccountName: account,
        volumes: [tokenVolume()],
        filesystems: [virtiofs()],
      }
      : {
        volumes: [accountVolume(volume, account), tokenVolume()],
        filesystems: [virtiofs(volume), virtiofs()],
      },
  };
}

function hundred<Value>(of: (index: number) => Value): readonly Value[] {
  return Array.from({ length: 100 }, (_, index) => of(index));
}

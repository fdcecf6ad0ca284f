/**
 * What the admission policy has to do to a VMI, case by case, as data. The judge `cluster` asks a real API server, and
 * compares the pure function in src/admission with its answers; every other form of the policy is held to the same table.
 *
 * @module
 */
import { asObject, type JsonObject, objectMember } from "../../../src/text/json.ts";

/** A case. */
export interface AdmissionCase {
  readonly name: string;
  /** The VMI as it is created, by its owner or by KubeVirt. */
  readonly vmi: JsonObject;
  readonly expected: Expected;
}

/** What has to come of a VMI. */
export type Expected =
  /** Nothing is added. */
  | { readonly kind: "unchanged" }
  /** These are added, and nothing else. */
  | ({ readonly kind: "enrolled" } & Enrolled)
  /** It is refused, and the message says these words. */
  | { readonly kind: "refused"; readonly words: string };

/** Additions to a VMI, in the order in which they stand there. */
export interface Enrolled {
  /** The whole annotation with the sidecars. */
  readonly sidecars: string;
  readonly volumes: readonly JsonObject[];
  readonly filesystems: readonly string[];
  /** `spec.serviceAccountName`, where the policy writes it. */
  readonly serviceAccountName?: string;
}

/** A namespace of the cases, and the service accounts in it. */
export interface CaseNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The accounts by name, with their roles. */
  readonly accounts: Readonly<Record<string, string | undefined>>;
}

export const INJECT = "eks-irsa-sidecar.github.io/inject";
export const ACCOUNT = "eks-irsa-sidecar.github.io/service-account";
export const SIDECARS = "hooks.kubevirt.io/hookSidecars";
export const IMAGE = "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0";
export const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

export const NAMESPACES: readonly CaseNamespace[] = [
  {
    name: "reports",
    labels: {},
    accounts: { default: undefined, plain: undefined, "report-writer": role("report-writer") },
  },
  {
    name: "shop",
    labels: { [INJECT]: "true" },
    accounts: { default: role("shop"), orders: role("orders") },
  },
  { name: "closed", labels: { [INJECT]: "false" }, accounts: { default: role("closed") } },
  { name: "odd", labels: { [INJECT]: "yes" }, accounts: { default: role("odd") } },
];

const UNCHANGED: Expected = { kind: "unchanged" };
const OURS = `{"image": "${IMAGE}"}`;
const OUR_LIST = `[${OURS}]`;

const containerPath = (name: string): JsonObject => ({
  name,
  containerPath: { path: TOKEN_FOLDER, readOnly: true },
});

/** What most VMIs get. */
function enrolled(changes: Partial<Enrolled> = {}): Expected {
  return {
    kind: "enrolled",
    sidecars: OUR_LIST,
    volumes: [containerPath("web-identity")],
    filesystems: ["web-identity"],
    ...changes,
  };
}

/** A VMI of the namespace `reports` that has opted in, with changes to it. */
function vmi(...changes: readonly Change[]): JsonObject {
  const result: Draft = {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      name: "vm",
      namespace: "reports",
      labels: { [INJECT]: "true" },
      annotations: {},
    },
    spec: {
      domain: {
        memory: { guest: "1Gi" },
        devices: { disks: [{ name: "cloudinit", disk: { bus: "virtio" } }] },
      },
      volumes: [{ name: "cloudinit", cloudInitNoCloud: { userData: "#cloud-config\n" } }],
    },
  };
  for (const change of changes) change(result);
  return asObject(JSON.parse(JSON.stringify(result))) ?? {};
}

interface Draft {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown[];
  };
  spec: {
    domain: {
      cpu?: unknown;
      memory?: unknown;
      devices: { disks?: unknown[]; filesystems?: unknown[]; interfaces?: unknown[] };
    };
    networks?: unknown[];
    volumes?: unknown[];
    serviceAccountName?: string;
    terminationGracePeriodSeconds?: number;
  };
}

type Change = (vmi: Draft) => void;

const account = (name: string): Change => ({ spec }) => spec.serviceAccountName = name;
const annotated = (name: string): Change => ({ metadata }) => {
  metadata.annotations = { ...metadata.annotations, [ACCOUNT]: name };
};
const label = (value: string | undefined): Change => ({ metadata }) => {
  if (value === undefined) delete metadata.labels;
  else metadata.labels = { [INJECT]: value };
};
const inNamespace = (name: string): Change => ({ metadata }) => metadata.namespace = name;
const sidecars = (text: string): Change => ({ metadata }) => {
  metadata.annotations = { ...metadata.annotations, [SIDECARS]: text };
};
const volume = (value: unknown): Change => ({ spec }) => spec.volumes?.push(value);
const filesystem = (name: string): Change => ({ spec }) => {
  const { devices } = spec.domain;
  devices.filesystems = [...devices.filesystems ?? [], { name, virtiofs: {} }];
};
/** A disk of the owner, whose name is then taken. */
const disk = (name: string): Change => ({ spec }) => {
  spec.domain.devices.disks?.push({ name, disk: { bus: "virtio" } });
  spec.volumes?.push({ name, emptyDisk: { capacity: "1Gi" } });
};
const cloudInit = (value: unknown): Change => ({ spec }) => {
  spec.volumes = [value];
};
/** As KubeVirt creates it for a VirtualMachine. */
const owned: Change = ({ metadata }) => {
  metadata.ownerReferences = [{
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    name: "vm",
    uid: "7d1c2f52-0c0b-4f5e-8f57-5d5f3c8c0001",
  }];
};
const WRITER = account("report-writer");
const SHIM = '{"args": ["--version", "v1alpha2"], "image": "quay.io/kubevirt/sidecar-shim:v1.9.0"}';
const NOT_A_LIST = "is not a list in JSON";

export const ADMISSION_CASES: readonly AdmissionCase[] = [
  // Opting in and out.
  { name: "opted in by its label", vmi: vmi(WRITER), expected: enrolled() },
  { name: "without a label", vmi: vmi(WRITER, label(undefined)), expected: UNCHANGED },
  {
    name: "without a label, with an owner",
    vmi: vmi(WRITER, label(undefined), owned),
    expected: UNCHANGED,
  },
  { name: "opted out by its label", vmi: vmi(WRITER, label("false")), expected: UNCHANGED },
  { name: "another value of the label", vmi: vmi(WRITER, label("yes")), expected: UNCHANGED },
  { name: "an empty label", vmi: vmi(WRITER, label("")), expected: UNCHANGED },
  {
    name: "the reserved value pod-identity",
    vmi: vmi(WRITER, label("pod-identity")),
    expected: UNCHANGED,
  },
  {
    name: "opted in by its namespace",
    vmi: vmi(inNamespace("shop"), label(undefined), owned),
    expected: enrolled(),
  },
  {
    name: "opted in by its namespace and its label",
    vmi: vmi(inNamespace("shop"), owned),
    expected: enrolled(),
  },
  {
    name: "the namespace has opted in, the VM has opted out",
    vmi: vmi(inNamespace("shop"), label("false"), owned),
    expected: UNCHANGED,
  },
  {
    name: "the namespace has opted in, the label has another value",
    vmi: vmi(inNamespace("shop"), label("yes"), owned),
    expected: UNCHANGED,
  },
  {
    name: "the namespace has opted in, the VMI has no owner",
    vmi: vmi(inNamespace("shop"), label(undefined)),
    expected: UNCHANGED,
  },
  {
    name: "the namespace has opted in, the VMI has no owner and its own label",
    vmi: vmi(inNamespace("shop")),
    expected: enrolled(),
  },
  {
    name: "the namespace has opted out",
    vmi: vmi(inNamespace("closed"), label(undefined), owned),
    expected: UNCHANGED,
  },
  {
    name: "the namespace has opted out, the VM has opted in",
    vmi: vmi(inNamespace("closed"), owned),
    expected: enrolled(),
  },
  {
    name: "another value of the namespace's label",
    vmi: vmi(inNamespace("odd"), label(undefined), owned),
    expected: UNCHANGED,
  },

  // The service account.
  {
    name: "the account by annotation",
    vmi: vmi(annotated("report-writer")),
    expected: enrolled({ serviceAccountName: "report-writer" }),
  },
  {
    name: "the account by annotation, opted in by the namespace",
    vmi: vmi(inNamespace("shop"), label(undefined), owned, annotated("orders")),
    expected: enrolled({ serviceAccountName: "orders" }),
  },
  {
    name: "the account by a serviceAccount volume",
    vmi: vmi(
      volume({ name: "sa", serviceAccount: { serviceAccountName: "report-writer" } }),
      filesystem("sa"),
    ),
    expected: enrolled(),
  },
  {
    name: "spec.serviceAccountName comes before the annotation",
    vmi: vmi(WRITER, annotated("plain")),
    expected: enrolled(),
  },
  {
    name: "spec.serviceAccountName without a role, an annotation with one",
    vmi: vmi(account("plain"), annotated("report-writer")),
    expected: UNCHANGED,
  },
  {
    name: "a serviceAccount volume comes before the annotation",
    vmi: vmi(
      volume({ name: "sa", serviceAccount: { serviceAccountName: "plain" } }),
      filesystem("sa"),
      annotated("report-writer"),
    ),
    expected: UNCHANGED,
  },
  { name: "an account without a role", vmi: vmi(account("plain")), expected: UNCHANGED },
  { name: "the default account without a role", vmi: vmi(), expected: UNCHANGED },
  {
    name: "the default account with a role",
    vmi: vmi(inNamespace("shop")),
    expected: enrolled(),
  },
  { name: "an account that does not exist", vmi: vmi(annotated("nobody")), expected: UNCHANGED },
  {
    name: "an account of another namespace",
    vmi: vmi(annotated("orders")),
    expected: UNCHANGED,
  },

  // The sidecar.
  {
    name: "no annotations",
    vmi: vmi(WRITER, ({ metadata }) => delete metadata.annotations),
    expected: enrolled(),
  },
  {
    name: "another sidecar stays",
    vmi: vmi(WRITER, sidecars(`[${SHIM}]\n`)),
    expected: enrolled({ sidecars: `[${SHIM}, ${OURS}]` }),
  },
  { name: "an empty list", vmi: vmi(WRITER, sidecars(" [ \n ] \n")), expected: enrolled() },
  { name: "an empty annotation", vmi: vmi(WRITER, sidecars("")), expected: enrolled() },
  { name: "an annotation null", vmi: vmi(WRITER, sidecars("null")), expected: enrolled() },
  withOwnSidecar(
    "the sidecar is named, with args",
    `[{"image": "${IMAGE}", "args": ["--os", "linux"]}]`,
  ),
  withOwnSidecar(
    "the sidecar is named by a mirror and a digest",
    '[ {"args": ["--os","linux"], "image" : "1234.dkr.ecr.eu-central-1.amazonaws.com/x/eks-irsa-sidecar@sha256:abc"} ]',
  ),
  withOwnSidecar("the sidecar is named after another one", `[${SHIM}, ${OURS}]`),
  {
    name: "an annotation that is no list",
    vmi: vmi(WRITER, sidecars('{"image": "x"}')),
    expected: { kind: "refused", words: NOT_A_LIST },
  },
  {
    name: "an annotation that is no JSON",
    vmi: vmi(WRITER, sidecars("eks-irsa-sidecar")),
    expected: { kind: "refused", words: NOT_A_LIST },
  },

  // The share.
  {
    name: "a name is taken by a disk",
    vmi: vmi(WRITER, disk("web-identity")),
    expected: enrolled({
      volumes: [containerPath("eks-irsa-sidecar-token")],
      filesystems: ["eks-irsa-sidecar-token"],
    }),
  },
  {
    name: "all names are taken",
    vmi: vmi(WRITER, disk("web-identity"), disk("eks-irsa-sidecar-token")),
    expected: { kind: "refused", words: "Rename one of them" },
  },
  {
    name: "the token's volume and filesystem are there, under another name",
    vmi: vmi(WRITER, volume(containerPath("token")), filesystem("token")),
    expected: enrolled({ volumes: [], filesystems: [] }),
  },
  {
    name: "the token's volume is there, without a filesystem",
    vmi: vmi(WRITER, volume(containerPath("token"))),
    expected: enrolled({ volumes: [], filesystems: ["token"] }),
  },
  {
    name: "the token's volume is there, with a slash at its path's end",
    vmi: vmi(
      WRITER,
      volume({ name: "token", containerPath: { path: `${TOKEN_FOLDER}/`, readOnly: true } }),
      filesystem("token"),
    ),
    expected: enrolled({ volumes: [], filesystems: [] }),
  },
  {
    name: "another containerPath volume stays",
    vmi: vmi(
      WRITER,
      volume({ name: "other", containerPath: { path: "/etc/other", readOnly: true } }),
      filesystem("other"),
    ),
    expected: enrolled(),
  },

  // The VM itself.
  {
    name: "a config drive",
    vmi: vmi(
      WRITER,
      cloudInit({ name: "cloudinit", cloudInitConfigDrive: { userData: "#cloud-config" } }),
    ),
    expected: enrolled(),
  },
  {
    name: "no cloud-init",
    vmi: vmi(WRITER, cloudInit({ name: "cloudinit", emptyDisk: { capacity: "1Gi" } })),
    expected: enrolled({
      sidecars: `[{"image": "${IMAGE}", "args": ["--hooks", "onDefineDomain"]}]`,
    }),
  },
  {
    name: "no volumes and no devices",
    vmi: vmi(WRITER, ({ spec }) => {
      delete spec.volumes;
      spec.domain.devices = {};
    }),
    expected: enrolled({
      sidecars: `[{"image": "${IMAGE}", "args": ["--hooks", "onDefineDomain"]}]`,
    }),
  },
  {
    name: "an object of v1alpha3",
    vmi: vmi(WRITER, (draft) => draft.apiVersion = "kubevirt.io/v1alpha3"),
    expected: enrolled(),
  },
  {
    name: "dedicated CPUs",
    vmi: vmi(WRITER, ({ spec }) => spec.domain.cpu = { cores: 2, dedicatedCpuPlacement: true }),
    expected: enrolled(),
  },
  {
    name: "a Windows VM",
    vmi: vmi(
      WRITER,
      ({ metadata }) => metadata.annotations = { "vm.kubevirt.io/os": "windows2k22" },
      cloudInit({ name: "cloudinit", cloudInitConfigDrive: { userData: "#ps1_sysnative\n" } }),
    ),
    expected: enrolled(),
  },
  {
    name: "large numbers are kept",
    vmi: vmi(WRITER, ({ spec }) => spec.terminationGracePeriodSeconds = 1_234_567_890_123),
    expected: enrolled(),
  },
  {
    name: "100 disks and 200 kB of another sidecar's args",
    vmi: vmi(
      WRITER,
      ...Array.from({ length: 100 }, (_, index) => disk(`d${index}`)),
      sidecars(`[{"image": "x", "args": ["${"y".repeat(200_000)}"]}]`),
    ),
    expected: enrolled({
      sidecars: `[{"image": "x", "args": ["${"y".repeat(200_000)}"]}, ${OURS}]`,
    }),
  },
];

/** The owner names the sidecar: the policy adds only the share. */
function withOwnSidecar(name: string, annotation: string): AdmissionCase {
  return {
    name,
    vmi: vmi(WRITER, sidecars(annotation)),
    expected: enrolled({ sidecars: annotation }),
  };
}

/** The VMI that a case expects, or undefined where it is refused. */
export function expectedVmi({ vmi, expected }: AdmissionCase): JsonObject | undefined {
  switch (expected.kind) {
    case "refused":
      return undefined;
    case "unchanged":
      return vmi;
    case "enrolled":
      return added(vmi, expected);
  }
}

function added(vmi: JsonObject, { sidecars, volumes, filesystems, serviceAccountName }: Enrolled) {
  const metadata = objectMember(vmi, "metadata");
  const spec = objectMember(vmi, "spec");
  const domain = objectMember(spec, "domain");
  const devices = objectMember(domain, "devices");
  const annotations = objectMember(metadata, "annotations");
  const list = (value: unknown): readonly unknown[] => Array.isArray(value) ? value : [];
  return {
    ...vmi,
    metadata: {
      ...metadata,
      annotations: { ...annotations, [SIDECARS]: sidecars },
    },
    spec: {
      ...spec,
      ...(serviceAccountName !== undefined && { serviceAccountName }),
      domain: {
        ...domain,
        devices: {
          ...devices,
          filesystems: [
            ...list(devices?.filesystems),
            ...filesystems.map((name) => ({ name, virtiofs: {} })),
          ],
        },
      },
      volumes: [...list(spec?.volumes), ...volumes],
    },
  };
}

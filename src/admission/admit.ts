import { type IdentityKind, TOKEN_FOLDERS } from "../identity/identity.ts";
import { annotationsOf, HOOK_SIDECARS_ANNOTATION } from "../kubevirt/metadata.ts";
import { usedServiceAccount } from "../kubevirt/service_account.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../text/json.ts";
import { type OptIn, optIn } from "./opt_in.ts";
import { withSidecar } from "./sidecar_list.ts";

/** The annotation that names the service account of a VMI whose spec names none. */
export const ACCOUNT_ANNOTATION = "eks-irsa-sidecar.github.io/service-account";

/** What an installation of the policy can set. */
export interface PolicySettings {
  /** How a VMI names the account of the annotation. KubeVirt 1.8 needs a volume. */
  readonly accountBy: "serviceAccountName" | "volume";
  readonly image: string;
  /** The token's folder in a pod with a web identity. */
  readonly tokenFolder: string;
}

/** What the policy sees beside the VMI. */
export interface Surroundings {
  /** The labels of the VMI's namespace; undefined if it has none. */
  readonly namespaceLabels: JsonObject | undefined;
  /** The service accounts of the VMI's namespace. */
  readonly serviceAccounts: readonly {
    readonly name: string;
    /** The role by the account's annotation. Undefined or empty if it has none; Pod Identity needs none. */
    readonly roleArn: string | undefined;
  }[];
}

/** Why a VMI is refused. The API server answers in the words of deploy/messages. */
export type Refusal = "sidecars are no list" | "a name is taken";

/** The outcome of the policy for a VMI. */
export type Admission =
  | { readonly kind: "enrolled"; readonly vmi: JsonObject }
  /** Nothing is changed. */
  | {
    readonly kind: "left alone";
    readonly reason: Exclude<OptIn["kind"], "opted in"> | "no account" | "no role" | "no domain";
  }
  | { readonly kind: "refused"; readonly reason: Refusal };

/** Decides what the policy of deploy/ does to a VMI that is created. */
export function admit(
  vmi: JsonObject,
  { namespaceLabels, serviceAccounts }: Surroundings,
  settings: PolicySettings,
): Admission {
  const decision = optIn(vmi, namespaceLabels);
  if (decision.kind !== "opted in") return { kind: "left alone", reason: decision.kind };
  const { identity } = decision;
  const { refusal, vmi: changed } = withParts(vmi, settings, identity);
  if (refusal === "sidecars are no list") return { kind: "refused", reason: refusal };
  const account = serviceAccounts.find(({ name }) => name === accountOf(vmi));
  if (account === undefined) return { kind: "left alone", reason: "no account" };
  if (identity === "web identity" && !account.roleArn) {
    return { kind: "left alone", reason: "no role" };
  }
  if (refusal !== undefined) return { kind: "refused", reason: refusal };
  // The API server refuses a VMI without a domain.
  return changed === vmi
    ? { kind: "left alone", reason: "no domain" }
    : { kind: "enrolled", vmi: changed };
}

/** The service account of a VMI that is opted in: KubeVirt's choice, else the annotation's. */
export function accountOf(vmi: JsonObject): string {
  const { name, path } = usedServiceAccount(vmi);
  return path === undefined ? annotatedAccount(vmi) || name : name;
}

function annotatedAccount(vmi: JsonObject): string | undefined {
  return annotationOf(vmi, ACCOUNT_ANNOTATION);
}

function annotationOf(vmi: JsonObject, name: string): string | undefined {
  return stringMember(annotationsOf(vmi), name);
}

/** The first name of the token's volume. */
const VOLUME_NAMES: Readonly<Record<IdentityKind, string>> = {
  "web identity": "web-identity",
  "pod identity": "pod-identity",
};

/**
 * A VMI with the parts that the policy adds for an identity, whether or not it is opted in and has a role. What is
 * there already is not added.
 */
export function withParts(
  vmi: JsonObject,
  { accountBy, image, tokenFolder }: PolicySettings,
  identity: IdentityKind,
): { readonly vmi: JsonObject; readonly refusal: Refusal | undefined } {
  const metadata = objectMember(vmi, "metadata");
  const spec = objectMember(vmi, "spec");
  const domain = objectMember(spec, "domain");
  if (domain === undefined) return { vmi, refusal: undefined };
  const devices = objectMember(domain, "devices");
  const volumes = objectsMember(spec, "volumes");
  const filesystems = objectsMember(devices, "filesystems");
  const taken = new Set(
    [...volumes, ...filesystems, ...objectsMember(devices, "disks")].map(nameOf),
  );

  const annotations = objectMember(metadata, "annotations");
  const written = member(annotations, HOOK_SIDECARS_ANNOTATION);
  const sidecars = written === undefined || typeof written === "string"
    ? withSidecar(written, sidecarEntry(image, volumes))
    : undefined;

  const isAccountAdded = usedServiceAccount(vmi).path === undefined &&
    Boolean(annotatedAccount(vmi));
  const accountVolumes = isAccountAdded && accountBy === "volume"
    ? [{
      name: taken.has("serviceaccount") ? "eks-irsa-sidecar-account" : "serviceaccount",
      serviceAccount: { serviceAccountName: accountOf(vmi) },
    }]
    : [];
  const folder = identity === "web identity" ? tokenFolder : TOKEN_FOLDERS[identity];
  const tokenPaths: readonly (string | undefined)[] = [folder, `${folder}/`];
  const ownTokenVolume = volumes.find((volume) =>
    tokenPaths.includes(stringMember(objectMember(volume, "containerPath"), "path"))
  );
  const tokenVolume = ownTokenVolume ?? {
    name: taken.has(VOLUME_NAMES[identity]) ? "eks-irsa-sidecar-token" : VOLUME_NAMES[identity],
    containerPath: { path: folder, readOnly: true },
  };
  const newVolumes = [...accountVolumes, ...(ownTokenVolume === undefined ? [tokenVolume] : [])];
  const newFilesystems = [...accountVolumes, tokenVolume]
    .map(nameOf)
    .filter((name) => !filesystems.some(hasName(name)))
    .map((name) => ({ name, virtiofs: {} }));
  const isTaken = newVolumes.some((volume) => volumes.some(hasName(nameOf(volume))));
  return {
    refusal: sidecars === undefined
      ? "sidecars are no list"
      : isTaken
      ? "a name is taken"
      : undefined,
    vmi: {
      ...vmi,
      metadata: {
        ...metadata,
        ...(sidecars === undefined
          ? {}
          : { annotations: { ...annotations, [HOOK_SIDECARS_ANNOTATION]: sidecars } }),
      },
      spec: {
        ...spec,
        ...(isAccountAdded && accountBy === "serviceAccountName"
          ? { serviceAccountName: accountOf(vmi) }
          : {}),
        volumes: [...volumes, ...newVolumes],
        domain: {
          ...domain,
          devices: { ...devices, filesystems: [...filesystems, ...newFilesystems] },
        },
      },
    },
  };
}

/** Our entry in the list of sidecars. virt-launcher crashes if it asks for cloud-init data that do not exist. */
function sidecarEntry(image: string, volumes: readonly JsonObject[]): string {
  const hasCloudInit = volumes.some((volume) =>
    member(volume, "cloudInitNoCloud") !== undefined ||
    member(volume, "cloudInitConfigDrive") !== undefined
  );
  const args = hasCloudInit ? "" : ', "args": ["--hooks", "onDefineDomain"]';
  return `{"image": "${image}"${args}}`;
}

function nameOf(object: JsonObject): string {
  return stringMember(object, "name") ?? "";
}

function hasName(name: string): (object: JsonObject) => boolean {
  return (object) => nameOf(object) === name;
}

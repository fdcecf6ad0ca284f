import type { ContainerPathVolume, Vmi } from "../kubevirt/vmi.ts";
import { type Identity, type IdentityKind, otherKind, TOKEN_FOLDERS } from "./identity.ts";
import { KIND_NAMES } from "./notes.ts";

/** The share of the IRSA mutation webhook's virtiofsd. The sidecar adds its device to the domain. */
export interface WebhookShare {
  readonly kind: "webhook";
  /** The virtiofs tag that the guest mounts. */
  readonly tag: string;
  /** The unix socket of the virtiofsd, as the compute container sees it. */
  readonly socket: string;
}

/** The share of KubeVirt's own virtiofsd for a `containerPath` volume. KubeVirt adds its device to the domain. */
export interface ContainerPathShare {
  readonly kind: "containerPath";
  /** The virtiofs tag that the guest mounts: the name of the volume. */
  readonly tag: string;
}

/** The virtiofs share through which the guest reaches the token's folder. */
export type TokenShare = WebhookShare | ContainerPathShare;

/** The guest cannot reach the token. */
export interface MissingShare {
  readonly kind: "missing";
  /** Whether the VM shares the folder of the other kind: KubeVirt does not start it then. */
  readonly sharesOtherFolder: boolean;
  /** What is missing and what to do, as a sentence. */
  readonly reason: string;
}

/**
 * Finds the share through which the guest reaches the token: a `containerPath` volume of the token's folder with a
 * virtiofs filesystem of the same name, whose tag is that name (kubevirt/kubevirt pkg/virtiofs/containerpath.go),
 * or else the webhook's. That one has the web identity token alone: a device for it would keep any other VM from its
 * start.
 */
export function findTokenShare(
  vmi: Vmi,
  identity: Identity,
  webhook: WebhookShare,
): TokenShare | MissingShare {
  const volume = sharedVolume(vmi, identity.tokenFolder);
  if (volume !== undefined) return { kind: "containerPath", tag: volume.volumeName };
  const other = sharedVolume(vmi, otherFolder(identity));
  if (identity.kind === "web identity" && other === undefined) return webhook;
  const name = KIND_NAMES[identity.kind];
  return {
    kind: "missing",
    sharesOtherFolder: other !== undefined,
    reason: other === undefined
      ? `the pod has its role by ${name}, and the VM shares no folder with its token: give the VM a containerPath ` +
        `volume of ${identity.tokenFolder}, and a virtiofs filesystem with the name of that volume`
      : `the pod has its role by ${name}, and the VM shares ${
        otherFolder(identity)
      }, which such a pod does not ` +
        `have: change the path of the VM's containerPath volume to ${identity.tokenFolder}`,
  };
}

/** The folder that a VM shares that was made for the other kind. A pod with this identity does not have it. */
export function otherFolder({ kind }: { readonly kind: IdentityKind }): string {
  return TOKEN_FOLDERS[otherKind(kind)];
}

/** The `containerPath` volume by which a VM shares a folder of the pod; undefined if the VM does not share it. */
export function sharedVolume(vmi: Vmi, folder: string): ContainerPathVolume | undefined {
  return vmi.containerPathVolumes.find(({ path, volumeName }) =>
    withoutTrailingSlash(path) === withoutTrailingSlash(folder) &&
    vmi.virtiofsFilesystems.has(volumeName)
  );
}

function withoutTrailingSlash(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}

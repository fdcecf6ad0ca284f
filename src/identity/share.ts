import type { Vmi } from "../kubevirt/vmi.ts";
import type { Identity } from "./identity.ts";

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

/**
 * Finds the share through which the guest reaches the token: a `containerPath` volume of the token's folder with a
 * virtiofs filesystem of the same name, whose tag is that name (kubevirt/kubevirt pkg/virtiofs/containerpath.go),
 * or else the webhook's.
 */
export function findTokenShare(vmi: Vmi, identity: Identity, webhook: WebhookShare): TokenShare {
  const folder = withoutTrailingSlash(identity.tokenFolder);
  const volume = vmi.containerPathVolumes.find(({ volumeName, path }) =>
    withoutTrailingSlash(path) === folder && vmi.virtiofsFilesystems.has(volumeName)
  );
  return volume === undefined ? webhook : { kind: "containerPath", tag: volume.volumeName };
}

function withoutTrailingSlash(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

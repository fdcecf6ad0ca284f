import type { Vmi } from "../kubevirt/vmi.ts";
import type { Identity } from "./identity.ts";

/** The share that the IRSA mutation webhook's virtiofsd offers. The domain needs a device of ours for it. */
export interface WebhookShare {
  readonly kind: "webhook";
  /** The virtiofs tag that the guest mounts. */
  readonly tag: string;
  /** The unix socket of the virtiofsd, as the compute container sees it. */
  readonly socket: string;
}

/** The share that KubeVirt itself offers for a `containerPath` volume. KubeVirt adds its device. */
export interface ContainerPathShare {
  readonly kind: "containerPath";
  /** The virtiofs tag that the guest mounts: the name of the volume. */
  readonly tag: string;
}

/** The virtiofs share through which the guest reaches the token's folder. */
export type TokenShare = WebhookShare | ContainerPathShare;

/**
 * Finds how the guest reaches the token. A VMI that shares the token's folder itself, by a `containerPath`
 * volume with a virtiofs filesystem of the same name, needs no device of ours: KubeVirt adds one whose tag is
 * the volume's name (kubevirt/kubevirt pkg/virtiofs/containerpath.go).
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

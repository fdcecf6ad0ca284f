import type { Vmi } from "../kubevirt/vmi.ts";
import type { Identity } from "./identity.ts";

/** The virtiofs share through which the guest reaches the token's folder. */
export interface TokenShare {
  /** The virtiofs tag that the guest mounts. */
  readonly tag: string;
  /** The socket of the virtiofsd that the domain needs a device for; absent if KubeVirt adds it. */
  readonly socket: string | undefined;
}

/** The share that the IRSA mutation webhook's virtiofsd offers. */
export interface WebhookShare {
  readonly tag: string;
  readonly socket: string;
}

/**
 * Finds how the guest reaches the token. A VMI that shares the token's folder itself, by a
 * `containerPath` volume with a virtiofs filesystem of the same name, needs no device of ours: KubeVirt
 * adds one whose tag is the volume's name (kubevirt/kubevirt pkg/virtiofs/containerpath.go).
 */
export function findTokenShare(vmi: Vmi, identity: Identity, webhook: WebhookShare): TokenShare {
  const folder = withoutTrailingSlash(identity.tokenFolder);
  const volume = vmi.containerPathVolumes.find(({ volumeName, path }) =>
    withoutTrailingSlash(path) === folder && vmi.virtiofsFilesystems.has(volumeName)
  );
  return volume === undefined ? webhook : { tag: volume.volumeName, socket: undefined };
}

function withoutTrailingSlash(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

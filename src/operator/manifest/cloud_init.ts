import { decodeBase64 } from "../../text/base64.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { findObject, type Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";
import { storedValue } from "./stored_value.ts";
import type { VirtualMachine } from "./virtual_machine.ts";

/** The user data of a cloud-init volume, as far as the manifests have it. */
export type ManifestUserData =
  | {
    readonly kind: "given";
    readonly bytes: Uint8Array;
    readonly manifest: Manifest;
    readonly path: Path;
    /** Whether the manifest has it as plain text, so that its lines are lines of the file. */
    readonly isPlain: boolean;
  }
  | { readonly kind: "none" }
  /** It is in a Secret that is not among the manifests, or that has no user data. */
  | {
    readonly kind: "secret";
    /** The name of the Secret. */
    readonly secret: string;
    readonly manifest: Manifest | undefined;
  };

/** The cloud-init volume that KubeVirt uses: the first. */
export interface ManifestCloudInit {
  /** Its index in `spec.volumes`. */
  readonly index: number;
  readonly volumeName: string;
  /** The member of the volume: `cloudInitNoCloud` or `cloudInitConfigDrive`. */
  readonly source: string;
  readonly userData: ManifestUserData;
}

/** The members of a volume that hold cloud-init data. */
export const CLOUD_INIT_SOURCES = ["cloudInitNoCloud", "cloudInitConfigDrive"] as const;

/**
 * The keys of user data in a Secret; the first that exists counts (kubevirt/kubevirt
 * pkg/cloud-init/cloud-init.go, resolveNoCloudSecrets).
 */
export const USER_DATA_KEYS = ["userdata", "userData"];

/**
 * Reads the cloud-init data of a VMI as KubeVirt does (kubevirt/kubevirt pkg/cloud-init/cloud-init.go).
 *
 * @param manifests The manifests that a Secret with the user data may be among.
 * @returns Undefined if the VMI has no cloud-init volume.
 */
export function manifestCloudInit(
  virtualMachine: VirtualMachine,
  manifests: readonly Manifest[],
): ManifestCloudInit | undefined {
  const volumes = objectsMember(objectMember(virtualMachine.vmi, "spec"), "volumes");
  for (const [index, volume] of volumes.entries()) {
    for (const source of CLOUD_INIT_SOURCES) {
      const content = objectMember(volume, source);
      if (content === undefined) continue;
      const path = ["spec", "volumes", index, source];
      return {
        index,
        volumeName: stringMember(volume, "name") ?? "",
        source,
        userData: readUserData(content, path, virtualMachine, manifests),
      };
    }
  }
  return undefined;
}

/** A Secret is preferred to plain text, and plain text to base64. */
function readUserData(
  content: JsonObject,
  below: Path,
  { manifest, vmiPath }: VirtualMachine,
  manifests: readonly Manifest[],
): ManifestUserData {
  const secret = stringMember(objectMember(content, "secretRef"), "name");
  if (secret) {
    const found = findObject(manifests, "Secret", manifest.namespace, secret);
    const value = found && storedValue(found, "Secret", USER_DATA_KEYS);
    return value === undefined
      ? { kind: "secret", secret, manifest: found }
      : { kind: "given", ...value };
  }
  const place = (field: string) => ({ manifest, path: [...vmiPath, ...below, field] });
  const plain = stringMember(content, "userData");
  if (plain) {
    const bytes = new TextEncoder().encode(plain);
    return { kind: "given", bytes, isPlain: true, ...place("userData") };
  }
  const encoded = stringMember(content, "userDataBase64");
  const bytes = encoded ? decodeBase64(encoded) : undefined;
  return bytes === undefined
    ? { kind: "none" }
    : { kind: "given", bytes, isPlain: false, ...place("userDataBase64") };
}

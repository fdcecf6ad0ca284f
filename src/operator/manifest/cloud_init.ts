import type { CloudInitFields } from "../../cloud_init/data.ts";
import { decodeBase64 } from "../../text/base64.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { findObject, type Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";
import { secretValue } from "./secret.ts";
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
  /** The fields that virt-launcher sends to a hook for it. */
  readonly fields: CloudInitFields;
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
  const { vmi } = virtualMachine;
  const volumes = objectsMember(objectMember(vmi, "spec"), "volumes");
  for (const [index, volume] of volumes.entries()) {
    for (const source of CLOUD_INIT_SOURCES) {
      const content = objectMember(volume, source);
      if (content === undefined) continue;
      const volumeName = stringMember(volume, "name") ?? "";
      const path = ["spec", "volumes", index, source];
      const userData = readUserData(content, path, virtualMachine, manifests);
      return {
        index,
        volumeName,
        source,
        userData,
        fields: hookFields(vmi, source, volumeName, userData, content),
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
    const value = found && secretValue(found, USER_DATA_KEYS);
    return found === undefined || value === undefined
      ? { kind: "secret", secret, manifest: found }
      : { kind: "given", manifest: found, ...value };
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

/** What is not UTF-8 becomes U+FFFD, as in Go's JSON. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Go's CloudInitData, and the older form beside it, in JSON. */
function hookFields(
  vmi: JsonObject,
  source: typeof CLOUD_INIT_SOURCES[number],
  volumeName: string,
  userData: ManifestUserData,
  content: JsonObject,
): CloudInitFields {
  const metadata = objectMember(vmi, "metadata");
  const name = stringMember(metadata, "name") ?? "";
  const firmware = objectMember(objectMember(objectMember(vmi, "spec"), "domain"), "firmware");
  const uuid = stringMember(firmware, "uuid") ?? "00000000-0000-0000-0000-000000000000";
  const text = userData.kind === "given" ? decoder.decode(userData.bytes) : "";
  const networkData = stringMember(content, "networkData") ?? "";
  const isNoCloud = source === "cloudInitNoCloud";
  const data = {
    DataSource: isNoCloud ? "noCloud" : "configDrive",
    NoCloudMetaData: isNoCloud ? { "instance-id": uuid, "local-hostname": name } : null,
    ConfigDriveMetaData: isNoCloud ? null : {
      instance_id: `${name}.${stringMember(metadata, "namespace") ?? "default"}`,
      hostname: name,
      uuid,
    },
    UserData: text,
    NetworkData: networkData,
    DevicesData: null,
    VolumeName: volumeName,
  };
  return {
    cloudInitData: encode(data),
    cloudInitNoCloudSource: encode({ userData: text, networkData }),
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

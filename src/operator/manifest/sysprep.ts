import { decodeBase64 } from "../../text/base64.ts";
import { objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { findObject, type Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";
import { secretValue } from "./secret.ts";
import type { VirtualMachine } from "./virtual_machine.ts";

/** The sysprep volume of a VMI: its ConfigMap or Secret is the content of a CD. */
export interface ManifestSysprep {
  /** Its index in `spec.volumes`. */
  readonly index: number;
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** Undefined if it was not given. */
  readonly manifest: Manifest | undefined;
}

/** A key of such a ConfigMap or Secret, and its place. */
export interface SysprepValue {
  readonly bytes: Uint8Array;
  readonly path: Path;
}

/** Finds the first sysprep volume of a VMI that has a content (kubevirt.io/api core/v1, SysprepSource). */
export function manifestSysprep(
  { vmi, manifest: { namespace } }: VirtualMachine,
  manifests: readonly Manifest[],
): ManifestSysprep | undefined {
  const volumes = objectsMember(objectMember(vmi, "spec"), "volumes");
  for (const [index, volume] of volumes.entries()) {
    const source = objectMember(volume, "sysprep");
    for (const [field, kind] of [["secret", "Secret"], ["configMap", "ConfigMap"]] as const) {
      const name = stringMember(objectMember(source, field), "name");
      if (!name) continue;
      return { index, kind, name, manifest: findObject(manifests, kind, namespace, name) };
    }
  }
  return undefined;
}

/** The value of a key; undefined if the manifest has none. */
export function sysprepValue(manifest: Manifest, key: string): SysprepValue | undefined {
  if (manifest.kind === "Secret") return secretValue(manifest, [key]);
  const plain = stringMember(objectMember(manifest.object, "data"), key);
  if (plain !== undefined) return { bytes: new TextEncoder().encode(plain), path: ["data", key] };
  const encoded = stringMember(objectMember(manifest.object, "binaryData"), key);
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  return bytes === undefined ? undefined : { bytes, path: ["binaryData", key] };
}

/** The keys of a ConfigMap or Secret. */
export function sysprepKeys({ object }: Manifest): readonly string[] {
  return ["data", "stringData", "binaryData"].flatMap((field) =>
    Object.keys(objectMember(object, field) ?? {})
  );
}

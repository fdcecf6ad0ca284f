import { objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { findObject, type Manifest } from "./manifest.ts";
import { type StoredValue, storedValue } from "./stored_value.ts";
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
export function sysprepValue(manifest: Manifest, key: string): StoredValue | undefined {
  return storedValue(manifest, manifest.kind === "Secret" ? "Secret" : "ConfigMap", [key]);
}

/** The keys of a ConfigMap or Secret. */
export function sysprepKeys({ object }: Manifest): readonly string[] {
  return ["data", "stringData", "binaryData"].flatMap((field) =>
    Object.keys(objectMember(object, field) ?? {})
  );
}

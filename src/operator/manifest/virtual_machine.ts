import { type JsonObject, member, objectMember } from "../../text/json.ts";
import { type Manifest, ManifestError } from "./manifest.ts";
import { matcherOf } from "./matcher.ts";
import type { Path } from "./path.ts";
import { nameOfFile } from "./read_files.ts";

/** A manifest that KubeVirt creates VMIs from, and the VMI that it creates. */
export interface VirtualMachine {
  readonly manifest: Manifest;
  /** The path of the VMI's `metadata` and `spec` in the manifest. */
  readonly vmiPath: Path;
  /** The VMI as a hook sees it, without what only the cluster knows. */
  readonly vmi: JsonObject;
}

/** The kinds that hold a VMI, and its path (kubevirt/kubevirt staging/src/kubevirt.io/api). */
const VMI_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ["VirtualMachineInstance", []],
  ["VirtualMachine", ["spec", "template"]],
  ["VirtualMachineInstanceReplicaSet", ["spec", "template"]],
  ["VirtualMachinePool", ["spec", "virtualMachineTemplate", "spec", "template"]],
]);

/**
 * Finds the virtual machines among some manifests.
 *
 * @throws {ManifestError} if there are none.
 */
export function virtualMachinesIn(
  manifests: readonly Manifest[],
  files: readonly string[],
): readonly VirtualMachine[] {
  const found = manifests.flatMap((manifest) => virtualMachineOf(manifest) ?? []);
  if (found.length > 0) return found;
  const kinds = [...new Set(manifests.map(kindForPeople))];
  throw new ManifestError(
    `${files.map(nameOfFile).join(", ")}: there is no virtual machine in it${
      kinds.length === 0 ? "" : `, but ${kinds.join(", ")}`
    }. Give a manifest of one of: ${
      [...VMI_PATHS.keys()].join(", ")
    } (kubevirt.io, pool.kubevirt.io).`,
  );
}

/** A kind, with its group if another group has the same kind as KubeVirt. */
function kindForPeople({ kind, group }: Manifest): string {
  if (kind === "") return "something without a kind";
  return VMI_PATHS.has(kind) ? `${kind} of ${group || "no group"}` : kind;
}

/** The virtual machine of a manifest; undefined if it is of another kind or API group. */
export function virtualMachineOf(manifest: Manifest): VirtualMachine | undefined {
  const vmiPath = VMI_PATHS.get(manifest.kind);
  if (vmiPath === undefined || !/^(pool\.)?kubevirt\.io$/.test(manifest.group)) return undefined;
  const template = vmiPath.reduce<JsonObject | undefined>(objectMember, manifest.object);
  return { manifest, vmiPath, vmi: vmiOf(manifest, template) };
}

/** KubeVirt combines the template's metadata and spec with the VM's name and namespace. */
function vmiOf(manifest: Manifest, template: JsonObject | undefined): JsonObject {
  const metadata = objectMember(template, "metadata");
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      ...metadata,
      // A VMI of another kind has that as its owner.
      ...(manifest.kind === "VirtualMachineInstance"
        ? {}
        : { ownerReferences: [{ kind: manifest.kind, name: manifest.name }] }),
      name: manifest.name,
      namespace: manifest.namespace ?? "default",
      annotations: { ...objectMember(metadata, "annotations"), ...preferenceAnnotation(manifest) },
    },
    spec: objectMember(template, "spec") ?? {},
    ...(member(template, "status") === undefined ? {} : { status: member(template, "status") }),
  };
}

/** KubeVirt annotates a VMI with the preference of its VM (pkg/instancetype/preference/annotations). */
function preferenceAnnotation(manifest: Manifest): Record<string, string> {
  const matcher = matcherOf(manifest, "preference");
  if (matcher?.name === undefined) return {};
  const isNamespaced = /^virtualmachinepreferences?$/i.test(matcher.kind);
  return {
    [isNamespaced ? "kubevirt.io/preference-name" : "kubevirt.io/cluster-preference-name"]:
      matcher.name,
  };
}

import { annotationsOf, labelsOf } from "../../kubevirt/metadata.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";

/**
 * The annotation by which the HyperConverged object changes KubeVirt's, in JSON Patch
 * (kubevirt/hyperconverged-cluster-operator docs/cluster-configuration.md).
 */
const PATCH_ANNOTATION = "kubevirt.kubevirt.io/jsonpatch";

/** Feature gates of KubeVirt that have a field in `spec.featureGates` (the same repository, api/v1beta1, api/v1). */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["ContainerPathVolumes", "containerPathVolumes"],
]);

/** KubeVirt's minor version in releases of the operator, by theirs (the same repository, hack/config). */
const KUBEVIRT_MINORS = new Map<string | undefined, number>([["1.18", 8], ["1.19", 9]]);

/** Whether a manifest is the object that configures KubeVirt on OpenShift. */
export function isHyperConverged({ kind, group }: Manifest): boolean {
  return kind === "HyperConverged" && group === "hco.kubevirt.io";
}

/** Whether the operator of that object writes a KubeVirt object, and undoes what others write. */
export function isManagedByHyperConverged({ object }: Manifest): boolean {
  const labels = labelsOf(object);
  return stringMember(labels, "app.kubernetes.io/managed-by") === "hco-operator";
}

/** Whether the object switches a feature gate of KubeVirt on: by a field, or by the annotation with patches. */
export function hasHyperConvergedGate({ object }: Manifest, gate: string): boolean {
  const field = FIELDS.get(gate);
  const spec = objectMember(object, "spec");
  if (field !== undefined) {
    // v1beta1 has an object of booleans; v1 a list, in which a gate without a state is on.
    if (member(objectMember(spec, "featureGates"), field) === true) return true;
    const listed = objectsMember(spec, "featureGates").find((one) => member(one, "name") === field);
    if (listed !== undefined && (stringMember(listed, "state") ?? "Enabled") === "Enabled") {
      return true;
    }
  }
  return patchesOf(object).some((patch) =>
    /\/developerConfiguration(\/featureGates(\/|$)|$)/.test(stringMember(patch, "path") ?? "") &&
    JSON.stringify(member(patch, "value") ?? null).includes(JSON.stringify(gate))
  );
}

/** The path in the object at which a feature gate of KubeVirt is switched on. */
export function hyperConvergedGatePath(gate: string): Path {
  return FIELDS.has(gate)
    ? ["spec", "featureGates"]
    : ["metadata", "annotations", PATCH_ANNOTATION];
}

/** How to switch a feature gate of KubeVirt on, as sentences. */
export function hyperConvergedGateFix(gate: string): string {
  const field = FIELDS.get(gate);
  const patch = JSON.stringify([{
    op: "add",
    path: "/spec/configuration/developerConfiguration/featureGates/-",
    value: gate,
  }]);
  const undone = "The HyperConverged operator undoes changes of the KubeVirt object.";
  return field === undefined
    ? `Annotate the HyperConverged object with ${PATCH_ANNOTATION}: ${patch}. ${undone}`
    : `Set spec.featureGates.${field}: true in the HyperConverged object (in its API v1 a list: ` +
      `add {name: ${field}}). ${undone}`;
}

/** The minor version of the KubeVirt 1 that the operator's release has; undefined if that is not known. */
export function hyperConvergedKubeVirtMinor({ object }: Manifest): number | undefined {
  const versions = objectsMember(objectMember(object, "status"), "versions");
  const operator = versions.find((version) => stringMember(version, "name") === "operator");
  const release = /^1\.\d+/.exec(stringMember(operator, "version") ?? "")?.[0];
  return KUBEVIRT_MINORS.get(release);
}

function patchesOf(object: JsonObject): readonly JsonObject[] {
  try {
    const patches = JSON.parse(stringMember(annotationsOf(object), PATCH_ANNOTATION) ?? "[]");
    return objectsMember({ patches }, "patches");
  } catch {
    return [];
  }
}

import { type JsonObject, objectMember, objectsMember, stringMember } from "../text/json.ts";

/** The service account of a VMI's pod, and the field that names it. */
export interface UsedServiceAccount {
  readonly name: string;
  /** The path below `spec`; absent if no field names one, and the pod runs as `default`. */
  readonly path: readonly (string | number)[] | undefined;
}

/** Finds the service account as KubeVirt does (kubevirt/kubevirt pkg/virt-controller/services/template.go). */
export function usedServiceAccount(vmi: JsonObject): UsedServiceAccount {
  const spec = objectMember(vmi, "spec");
  const named = stringMember(spec, "serviceAccountName");
  if (named) return { name: named, path: ["serviceAccountName"] };
  for (const [index, volume] of objectsMember(spec, "volumes").entries()) {
    const name = stringMember(objectMember(volume, "serviceAccount"), "serviceAccountName");
    if (name) {
      return { name, path: ["volumes", index, "serviceAccount", "serviceAccountName"] };
    }
  }
  return { name: "default", path: undefined };
}

import { type JsonObject, objectMember } from "../text/json.ts";

/** The annotation that makes KubeVirt run hook sidecars (kubevirt/kubevirt pkg/hooks/hooks.go). */
export const HOOK_SIDECARS_ANNOTATION = "hooks.kubevirt.io/hookSidecars";

/** The annotations of a Kubernetes object. */
export function annotationsOf(object: JsonObject | undefined): JsonObject | undefined {
  return objectMember(objectMember(object, "metadata"), "annotations");
}

/** The labels of a Kubernetes object. */
export function labelsOf(object: JsonObject | undefined): JsonObject | undefined {
  return objectMember(objectMember(object, "metadata"), "labels");
}

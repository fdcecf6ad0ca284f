import { type JsonObject, objectMember } from "../../../src/text/json.ts";

export { namespace, serviceAccount } from "../../support/kubernetes_objects.ts";

/**
 * A service account with an association of EKS Pod Identity, as the stand-in for the pod identity webhook knows it: the
 * real one learns it from EKS.
 */
export function associated(account: JsonObject): JsonObject {
  const metadata = objectMember(account, "metadata");
  const annotations = {
    ...objectMember(metadata, "annotations"),
    "stand-in/pod-identity-association": "true",
  };
  return { ...account, metadata: { ...metadata, annotations } };
}

export function persistentVolumeClaim(namespace: string, name: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { namespace, name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
}

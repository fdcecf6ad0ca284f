import type { JsonObject } from "../../src/text/json.ts";

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): JsonObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** A service account, with a role by IRSA or without. */
export function serviceAccount(namespace: string, name: string, role?: string): JsonObject {
  const annotations = role === undefined ? {} : { "eks.amazonaws.com/role-arn": role };
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name, annotations } };
}

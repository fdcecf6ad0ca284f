import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../text/json.ts";

/** The label that opts in or out, on a VM's template or on a namespace. */
export const INJECT_LABEL = "eks-irsa-sidecar.github.io/inject";

/** Whether a VMI is opted in, and which label says so. */
export type OptIn =
  | { readonly kind: "opted in"; readonly by: LabelOwner }
  | { readonly kind: "not opted in" }
  | {
    readonly kind: "opted out" | "unknown value" | "reserved value";
    readonly by: LabelOwner;
    readonly value: string;
  }
  /** Its namespace is opted in, which does not count for a VMI without an owner. */
  | { readonly kind: "no owner" };

/** The object that has the label. */
export type LabelOwner = "VMI" | "namespace";

/**
 * Decides whether a VMI is opted in, as the bindings and the match condition in deploy/policy/policy.yaml do. The VMI's
 * own label comes first.
 *
 * @param namespaceLabels The labels of the VMI's namespace; undefined if it has none.
 */
export function optIn(vmi: JsonObject, namespaceLabels: JsonObject | undefined): OptIn {
  const metadata = objectMember(vmi, "metadata");
  const labels = objectMember(metadata, "labels");
  if (member(labels, INJECT_LABEL) !== undefined) {
    return byValue(stringMember(labels, INJECT_LABEL) ?? "", "VMI");
  }
  const value = stringMember(namespaceLabels, INJECT_LABEL);
  if (value === undefined) return { kind: "not opted in" };
  const hasOwner = objectsMember(metadata, "ownerReferences").length > 0;
  return value === "true" && !hasOwner ? { kind: "no owner" } : byValue(value, "namespace");
}

function byValue(value: string, by: LabelOwner): OptIn {
  switch (value) {
    case "true":
      return { kind: "opted in", by };
    case "false":
      return { kind: "opted out", by, value };
    case "pod-identity":
      return { kind: "reserved value", by, value };
    default:
      return { kind: "unknown value", by, value };
  }
}

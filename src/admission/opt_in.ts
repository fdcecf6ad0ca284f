import type { IdentityKind } from "../identity/identity.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../text/json.ts";

/** The label that opts in or out, on a VM's template or on a namespace. */
export const INJECT_LABEL = "eks-irsa-sidecar.github.io/inject";

/** The values of the label that opt in, and the kind of identity that each is for. */
export const INJECT_VALUES: Readonly<Record<IdentityKind, string>> = {
  "web identity": "true",
  "pod identity": "pod-identity",
};

/** Whether a VMI is opted in, and which label says so. */
export type OptIn =
  | { readonly kind: "opted in"; readonly by: LabelOwner; readonly identity: IdentityKind }
  | { readonly kind: "not opted in" }
  | {
    readonly kind: "opted out" | "unknown value";
    readonly by: LabelOwner;
    readonly value: string;
  }
  /** Its namespace is opted in, which does not count for a VMI without an owner. */
  | { readonly kind: "no owner"; readonly identity: IdentityKind };

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
  const decision = byValue(value, "namespace");
  return decision.kind === "opted in" && !hasOwner
    ? { kind: "no owner", identity: decision.identity }
    : decision;
}

function byValue(value: string, by: LabelOwner): OptIn {
  switch (value) {
    case INJECT_VALUES["web identity"]:
      return { kind: "opted in", by, identity: "web identity" };
    case INJECT_VALUES["pod identity"]:
      return { kind: "opted in", by, identity: "pod identity" };
    case "false":
      return { kind: "opted out", by, value };
    default:
      return { kind: "unknown value", by, value };
  }
}

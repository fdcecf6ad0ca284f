import { labelsOf } from "../../kubevirt/metadata.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
  stringMembers,
} from "../../text/json.ts";
import { findObject, type Manifest } from "./manifest.ts";

/** The label with its name, which the API server gives every namespace. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** The labels of an object as far as they are known. */
export interface KnownLabels {
  readonly labels: ReadonlyMap<string, string>;
  /** Whether a label may be there that is not in `labels`. */
  readonly mayHave: (key: string) => boolean;
}

/**
 * Whether a label selector may select an object (kubernetes/apimachinery pkg/labels/selector.go, Requirement.Matches).
 * It may where a label that it asks for is not known.
 *
 * @param selector Undefined selects everything.
 */
export function maySelect(selector: JsonObject | undefined, known: KnownLabels): boolean {
  const equal = Object.entries(objectMember(selector, "matchLabels") ?? {});
  return equal.every(([key, value]) => mayHold(key, "In", [value], known)) &&
    objectsMember(selector, "matchExpressions").every((expression) => {
      return mayHold(
        stringMember(expression, "key") ?? "",
        stringMember(expression, "operator"),
        member(expression, "values"),
        known,
      );
    });
}

function mayHold(
  key: string,
  operator: string | undefined,
  values: unknown,
  { labels, mayHave }: KnownLabels,
): boolean {
  const value = labels.get(key);
  if (value === undefined && mayHave(key)) return true;
  const isListed = Array.isArray(values) && values.includes(value);
  switch (operator) {
    case "In":
      return isListed;
    case "NotIn":
      return !isListed;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return true;
  }
}

/**
 * The labels of a namespace. Without its manifest only the label with its name is known.
 *
 * @param namespace Undefined if it is not known either.
 */
export function namespaceLabels(
  manifests: readonly Manifest[],
  namespace: string | undefined,
): KnownLabels {
  const found = namespace === undefined
    ? undefined
    : findObject(manifests, "Namespace", undefined, namespace);
  const labels = new Map(stringMembers(labelsOf(found?.object)));
  if (namespace !== undefined) labels.set(NAME_LABEL, namespace);
  return { labels, mayHave: () => found === undefined };
}

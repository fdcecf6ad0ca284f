import { type JsonObject, member, objectMember, stringMember } from "../../text/json.ts";
import type { Path } from "./path.ts";

/** One Kubernetes object of a file. */
export interface Manifest {
  /** The file as the command line named it. */
  readonly file: string;
  /** The group of `apiVersion`: empty for Kubernetes' own first one, and where there is none. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent where the manifest leaves it to kubectl. */
  readonly namespace: string | undefined;
  readonly object: JsonObject;
  readonly lineOf: LineOf;
}

/**
 * The line, counted from 1, of the deepest part of a path that the file has.
 *
 * @param character Asks for the line of this character of the text that is there, which may have several.
 */
export type LineOf = (path: Path, character?: number) => number;

/** A file that cannot be used. The message names it, the place, and the mend. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** The name that people know an object by. */
export function titleOf({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** An object of a file as a manifest. */
export function manifestOf(file: string, object: JsonObject, lineOf: LineOf): Manifest {
  const metadata = objectMember(object, "metadata");
  const name = member(metadata, "name") ?? member(metadata, "generateName");
  return {
    file,
    group: /^(.*)\//.exec(stringMember(object, "apiVersion") ?? "")?.[1] ?? "",
    kind: stringMember(object, "kind") ?? "",
    // YAML takes 1234 for a number; the rule metadata-name says so.
    name: typeof name === "string" || typeof name === "number" ? String(name) : "",
    namespace: stringMember(metadata, "namespace"),
    object,
    lineOf,
  };
}

/**
 * The first manifest of a kind and a name in a namespace. A manifest without a namespace matches any.
 *
 * @param namespace Undefined to look in all namespaces.
 */
export function findObject(
  manifests: readonly Manifest[],
  kind: string,
  namespace: string | undefined,
  name: string,
): Manifest | undefined {
  return manifests.find((manifest) =>
    manifest.kind === kind && manifest.name === name &&
    (namespace === undefined || manifest.namespace === undefined ||
      manifest.namespace === namespace)
  );
}

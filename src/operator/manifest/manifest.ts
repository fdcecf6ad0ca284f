import { type JsonObject, member, objectMember, stringMember } from "../../text/json.ts";
import type { Path } from "./path.ts";

/** One Kubernetes object of a file. */
export interface Manifest {
  /** The name of the file, for messages. */
  readonly file: string;
  /** The group of `apiVersion`; empty for the core group, and without an `apiVersion`. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent if the manifest names none, so that kubectl chooses it. */
  readonly namespace: string | undefined;
  readonly object: JsonObject;
  readonly lineOf: LineOf;
  /** The paths of keys that a map of the file has more than once. */
  readonly repeatedKeys: readonly Path[];
}

/**
 * The line, counted from 1, of the deepest part of a path that the file has.
 *
 * @param character An offset in the text at that path, to get the line of that character.
 */
export type LineOf = (path: Path, character?: number) => number;

/** A file cannot be used. The message names the file, the place and the fix. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** Kind, namespace and name of an object, for messages. */
export function titleOf({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** Makes a manifest of an object that was read from a file. */
export function manifestOf(
  file: string,
  object: JsonObject,
  lineOf: LineOf,
  repeatedKeys: readonly Path[],
): Manifest {
  const metadata = objectMember(object, "metadata");
  const name = member(metadata, "name") ?? member(metadata, "generateName");
  return {
    file,
    group: stringMember(object, "apiVersion")?.match(/(.*)\//)?.[1] ?? "",
    kind: stringMember(object, "kind") ?? "",
    // An unquoted name may be a number or a boolean in YAML: the rule metadata-name reports it.
    name: ["string", "number", "boolean"].includes(typeof name) ? String(name) : "",
    namespace: stringMember(metadata, "namespace"),
    object,
    lineOf,
    repeatedKeys,
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

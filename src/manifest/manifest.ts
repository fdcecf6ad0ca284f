import { type JsonObject, objectMember, stringMember } from "../json.ts";
import type { Path } from "./path.ts";

/** One Kubernetes object of a file. */
export interface Manifest {
  /** The file as the command line named it. */
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  /** Absent where the manifest leaves it to kubectl. */
  readonly namespace: string | undefined;
  readonly object: JsonObject;
  /** The line, counted from 1, of the deepest part of a path that the file has. */
  lineOf(path: Path): number;
}

/** A file that cannot be used. The message names it, the place, and the mend. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** The name that people know an object by. */
export function titleOf({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** An object of a file as a manifest. */
export function manifestOf(
  file: string,
  object: JsonObject,
  lineOf: (path: Path) => number,
): Manifest {
  const metadata = objectMember(object, "metadata");
  return {
    file,
    kind: stringMember(object, "kind") ?? "",
    name: stringMember(metadata, "name") ?? stringMember(metadata, "generateName") ?? "",
    namespace: stringMember(metadata, "namespace"),
    object,
    lineOf,
  };
}

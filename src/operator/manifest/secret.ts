import { decodeBase64 } from "../../text/base64.ts";
import { objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";

/** A value of a Secret. */
export interface SecretValue {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly path: Path;
  /** Whether the manifest has it as plain text, so that its lines are lines of the file. */
  readonly isPlain: boolean;
}

/** The value of the first key that a Secret has. `stringData` overrides `data` (Kubernetes, core/v1 Secret). */
export function secretValue(
  manifest: Manifest,
  keys: readonly string[],
): SecretValue | undefined {
  const { object } = manifest;
  for (const key of keys) {
    const plain = stringMember(objectMember(object, "stringData"), key);
    if (plain !== undefined) {
      const bytes = new TextEncoder().encode(plain);
      return { manifest, bytes, path: ["stringData", key], isPlain: true };
    }
    const encoded = stringMember(objectMember(object, "data"), key);
    const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
    if (bytes !== undefined) return { manifest, bytes, path: ["data", key], isPlain: false };
  }
  return undefined;
}

import { decodeBase64 } from "../../text/base64.ts";
import { objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";

/** A value of a Secret or a ConfigMap. */
export interface StoredValue {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly path: Path;
  /** Whether the manifest has it as plain text, so that its lines are lines of the file. */
  readonly isPlain: boolean;
}

/** The field with text, which overrides the other, and that with base64 (Kubernetes, core/v1). */
const FIELDS = {
  Secret: ["stringData", "data"],
  ConfigMap: ["data", "binaryData"],
} as const;

/** The value of the first key that a Secret or a ConfigMap has. */
export function storedValue(
  manifest: Manifest,
  kind: keyof typeof FIELDS,
  keys: readonly string[],
): StoredValue | undefined {
  const [textField, base64Field] = FIELDS[kind];
  for (const key of keys) {
    const plain = stringMember(objectMember(manifest.object, textField), key);
    if (plain !== undefined) {
      const bytes = new TextEncoder().encode(plain);
      return { manifest, bytes, path: [textField, key], isPlain: true };
    }
    const encoded = stringMember(objectMember(manifest.object, base64Field), key);
    const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
    if (bytes !== undefined) {
      return { manifest, bytes, path: [base64Field, key], isPlain: false };
    }
  }
  return undefined;
}

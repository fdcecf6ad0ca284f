import { gunzipSync } from "node:zlib";
import { MAX_RESPONSE_BYTES } from "../kubevirt/max_response.ts";

/** Decompresses gzip; undefined if it is damaged, or larger than a response may be. */
export function gunzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes, {
      maxOutputLength: MAX_RESPONSE_BYTES,
    });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch {
    return undefined;
  }
}

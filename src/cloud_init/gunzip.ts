import { gunzipSync } from "node:zlib";
import { MAX_RESPONSE_BYTES } from "../kubevirt/max_response.ts";

/** What gzip holds, or nothing if it is damaged or holds more than can be handed back. */
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

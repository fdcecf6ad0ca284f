import { gunzipSync } from "node:zlib";
import { LARGEST_RESPONSE } from "../kubevirt/largest_response.ts";

/** What gzip holds, or nothing if it is damaged or holds more than can be handed back. */
export function gunzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: LARGEST_RESPONSE }));
  } catch {
    return undefined;
  }
}

import { gunzipSync } from "node:zlib";

/** More than this is not user data but an attack on our memory; virt-launcher takes 4 MiB back. */
const LARGEST = 4 * 1024 * 1024;

/** What gzip holds, or nothing if it is damaged or holds more than can be handed back. */
export function gunzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes, { maxOutputLength: LARGEST });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch {
    return undefined;
  }
}

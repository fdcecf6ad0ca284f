import { gunzip } from "./gunzip.ts";
import type { CarriedMessage, CarriedPart } from "./mime.ts";

/** User data as its readers look at it. */
export interface UserData {
  readonly bytes: Uint8Array;
  /** Whether its owner wrote it as gzip. */
  readonly packed: boolean;
}

/**
 * Unpacks user data that is gzip, once, as its readers do before they look at it (canonical/cloud-init
 * cloudinit/user_data.py, convert_string; cloudbase/cloudbase-init cloudbaseinit/metadata/services/base.py,
 * get_decoded_user_data). It is carried unpacked: in a part of type application/gzip cloud-init finds no
 * message, and damages what is not ASCII (user_data.py, _process_msg).
 *
 * @param original The user data as its owner wrote it.
 * @returns Nothing if it is gzip that cannot be unpacked.
 */
export function unpack(original: Uint8Array): UserData | undefined {
  if (!isGzip(original)) return { bytes: original, packed: false };
  const bytes = gunzip(original);
  return bytes && { bytes, packed: true };
}

/**
 * What becomes of the user data of a VM's owner beside our part: it is carried in the message, there is
 * none to carry, or its reader would not act on it in a message and it has to stay as it is.
 */
export type Carriage =
  | {
    readonly kind: "carried";
    readonly format: string;
    readonly entity: CarriedPart | CarriedMessage;
  }
  | { readonly kind: "empty" }
  | { readonly kind: "untouchable"; readonly reason: string };

/** Decides how one reader's user data is carried. The bytes are as the VM's owner wrote them, unpacked. */
export type Reader = (userData: Uint8Array) => Carriage;

/** The magic number of gzip: RFC 1952, section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes as text, one character a byte beyond UTF-8: enough to look at openings and headers. */
export function openingOf(bytes: Uint8Array, length: number): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
}

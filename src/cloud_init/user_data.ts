import { gunzip } from "./gunzip.ts";
import type { EmbeddedMessage, EmbeddedPart } from "./mime.ts";

/** User data as its reader sees it. */
export interface UserData {
  readonly bytes: Uint8Array;
  /** Whether its owner wrote it as gzip. */
  readonly isPacked: boolean;
}

/**
 * Unpacks user data that is gzip, once, as its readers do before they look at it (canonical/cloud-init
 * cloudinit/user_data.py, convert_string; cloudbase/cloudbase-init cloudbaseinit/metadata/services/base.py,
 * get_decoded_user_data). It is embedded unpacked: in a part of type application/gzip cloud-init finds no
 * message, and damages what is not ASCII (user_data.py, _process_msg).
 *
 * @param original The user data as its owner wrote it.
 * @returns Nothing if it is gzip that cannot be unpacked.
 */
export function unpack(original: Uint8Array): UserData | undefined {
  if (!isGzip(original)) return { bytes: original, isPacked: false };
  const bytes = gunzip(original);
  return bytes && { bytes, isPacked: true };
}

/** How the user data of a VM's owner comes into the message beside our parts. */
export type Embedding =
  /** It is one of the message's parts. */
  | {
    readonly kind: "embedded";
    /** What it is, in a few words for people. */
    readonly format: string;
    readonly entity: EmbeddedPart | EmbeddedMessage;
  }
  /** There is none, and the message has our parts alone. */
  | { readonly kind: "empty" }
  /** Its reader would not act on it within a message: it stays as it is, and our parts go nowhere. */
  | { readonly kind: "untouched"; readonly reason: string };

/** Decides for one program that reads user data. The bytes are as the VM's owner wrote them, unpacked. */
export type Reader = (userData: Uint8Array) => Embedding;

/** The magic number of gzip: RFC 1952, section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first bytes as text, with U+FFFD for what is not UTF-8: enough to look at prefixes and headers. */
export function textOf(bytes: Uint8Array, length: number): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
}

import type { OtherReader } from "../kubevirt/other_reader.ts";
import { gunzip } from "./gunzip.ts";
import type { EmbeddedMessage, EmbeddedPart } from "./mime.ts";

/** User data, unpacked. */
export interface UserData {
  readonly bytes: Uint8Array;
  /** Whether the VM's owner gave it as gzip. */
  readonly isPacked: boolean;
}

/**
 * Unpacks user data that is gzip, one level deep, as cloud-init and cloudbase-init do (canonical/cloud-init
 * cloudinit/user_data.py, convert_string; cloudbase/cloudbase-init cloudbaseinit/metadata/services/base.py,
 * get_decoded_user_data). It is embedded unpacked, because cloud-init does not recognise a message in a part of the
 * type application/gzip, and damages what is not ASCII there (user_data.py, _process_msg).
 *
 * @param original The user data as the VM's owner wrote it.
 * @returns Undefined if it is gzip that cannot be unpacked.
 */
export function unpack(original: Uint8Array): UserData | undefined {
  if (!isGzip(original)) return { bytes: original, isPacked: false };
  const bytes = gunzip(original);
  return bytes && { bytes, isPacked: true };
}

/** How the owner's user data is put into the message with our parts. */
export type Embedding =
  /** It becomes a part of the message. */
  | {
    readonly kind: "embedded";
    /** Its format, for messages. */
    readonly format: string;
    readonly entity: EmbeddedPart | EmbeddedMessage;
  }
  /** It is empty: the message has only our parts. */
  | { readonly kind: "empty" }
  /** Its reader would not act on it in a message: it is not changed, and the guest does not get our parts. */
  | {
    readonly kind: "untouched";
    /** A clause for people. */
    readonly reason: string;
    /** The guest's reader, if that takes no message of any kind. Without it, the user data's format is the cause. */
    readonly otherReader?: OtherReader;
  };

/** Decides how unpacked user data is embedded for one program that reads it. */
export type Reader = (userData: Uint8Array) => Embedding;

/** The magic number of gzip: RFC 1952, section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first bytes as text, with U+FFFD for bytes that are not UTF-8. */
export function textOf(bytes: Uint8Array, length: number): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
}

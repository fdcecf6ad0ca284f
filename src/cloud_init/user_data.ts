import type { CarriedMessage, CarriedPart } from "./mime.ts";

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

/** Decides how one reader's user data is carried. The bytes are as the VM's owner wrote them. */
export type Reader = (userData: Uint8Array) => Carriage;

/** The magic number of gzip: RFC 1952, section 2.3.1. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes as text, one character a byte beyond UTF-8: enough to look at openings and headers. */
export function openingOf(bytes: Uint8Array, length: number): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
}

/** Bytes as text if they are UTF-8 throughout. */
export function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

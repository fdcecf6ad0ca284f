import { Buffer } from "node:buffer";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { InfoResult } from "../../hooks/info.ts";

/** Encodes and decodes a message whose fields all have the type `bytes`. They are named as in `proto/`. */
export interface Codec<Field extends string> {
  encode(message: Readonly<Record<Field, FieldValue>>): Uint8Array;
  decode(bytes: Uint8Array): Readonly<Record<Field, Uint8Array>>;
}

/** The bytes of a field. They may be in pieces, and are copied only once, into the message. */
type FieldValue = Uint8Array | readonly Uint8Array[];

/** @param fields The numbers of the fields by name. */
function bytesMessage<Field extends string>(
  fields: Readonly<Record<Field, number>>,
): Codec<Field> {
  // Object.entries widens the keys to string.
  const entries = Object.entries(fields) as [Field, number][];
  return {
    encode(message) {
      // A single writer for the whole message would grow its buffer by doubling, and then copy it once more.
      return Buffer.concat(entries.flatMap(([name, number]) => {
        const pieces = [message[name]].flat();
        const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
        // proto3 omits empty fields.
        if (length === 0) return [];
        return [new BinaryWriter().uint32(tag(number)).uint32(length).finish(), ...pieces];
      }));
    },
    decode(bytes) {
      const message = new Map<Field, Uint8Array>(entries.map(([name]) => [name, new Uint8Array()]));
      // gRPC's Buffer as a plain Uint8Array: the fields would be Buffers otherwise, whose methods are slower.
      const reader = new BinaryReader(
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      );
      while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag();
        const entry = entries.find(([, known]) => known === number);
        if (entry !== undefined && wireType === LENGTH_DELIMITED) {
          message.set(entry[0], reader.bytes());
        } else reader.skip(wireType, number);
      }
      // The map has exactly the fields that the entries name.
      return Object.fromEntries(message) as Record<Field, Uint8Array>;
    },
  };
}

/** https://protobuf.dev/programming-guides/encoding/#structure */
const LENGTH_DELIMITED = 2;
const VARINT = 0;

function tag(field: number, wireType = LENGTH_DELIMITED): number {
  return field << 3 | wireType;
}

export const onDefineDomainParams = bytesMessage({ domainXML: 1, vmi: 2 });
export const onDefineDomainResult = bytesMessage({ domainXML: 1 });
export const preCloudInitIsoParams = bytesMessage({
  cloudInitNoCloudSource: 1,
  vmi: 2,
  cloudInitData: 3,
});
export const preCloudInitIsoResult = bytesMessage({ cloudInitNoCloudSource: 1, cloudInitData: 3 });

/** Encodes InfoResult. Nobody sends this message to the sidecar, so there is no decoder. */
export function encodeInfoResult({ name, hookPoints, versions }: InfoResult): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(tag(1)).string(name);
  for (const hookPoint of hookPoints) {
    writer.uint32(tag(3)).fork();
    writer.uint32(tag(1)).string(hookPoint.name);
    writer.uint32(tag(2, VARINT)).int32(hookPoint.priority);
    writer.join();
  }
  for (const version of versions) writer.uint32(tag(4)).string(version);
  return writer.finish();
}

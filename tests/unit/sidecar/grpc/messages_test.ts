import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type Codec,
  encodeInfoResult,
  onDefineDomainParams,
  onDefineDomainResult,
  preCloudInitIsoParams,
  preCloudInitIsoResult,
} from "../../../../src/sidecar/grpc/messages.ts";
import { methodDefinition } from "../../../support/virt_launcher.ts";

const text = (value: string) => new TextEncoder().encode(value);
/** Fields of messages with as many bytes as make each length of the tag and of the field's own length. */
const SIZES = [0, 1, 127, 128, 20_000];
const bytesOf = (length: number, first: number) =>
  Uint8Array.from({ length }, (_, index) => (first + index) % 256);

// protobufjs, by what `proto/` says.
const CALLBACKS = "kubevirt.hooks.v1alpha3.Callbacks";
const onDefineDomain = methodDefinition(CALLBACKS, "OnDefineDomain");
const preCloudInitIso = methodDefinition(CALLBACKS, "PreCloudInitIso");
const info = methodDefinition("kubevirt.hooks.info.Info", "Info");

for (const size of SIZES) {
  const domainXML = bytesOf(size, 0);
  const vmi = bytesOf(size + 1, 7);
  const cloudInitData = bytesOf(size, 9);

  Deno.test(`a request that protobufjs has written is read: ${size} bytes`, () => {
    sameFields(onDefineDomainParams, onDefineDomain.requestSerialize({ domainXML, vmi }), {
      domainXML,
      vmi,
    });
    const message = { cloudInitNoCloudSource: domainXML, vmi, cloudInitData };
    sameFields(preCloudInitIsoParams, preCloudInitIso.requestSerialize(message), message);
  });

  Deno.test(`protobufjs reads the result that is written: ${size} bytes`, () => {
    const domain = Buffer.from(onDefineDomainResult.encode({ domainXML }));
    assert.deepEqual(plainFields(onDefineDomain.responseDeserialize(domain)), { domainXML });
    const pieces = [cloudInitData.subarray(0, 1), cloudInitData.subarray(1)];
    const both = Buffer.from(preCloudInitIsoResult.encode({
      cloudInitNoCloudSource: vmi,
      cloudInitData: pieces,
    }));
    assert.deepEqual(plainFields(preCloudInitIso.responseDeserialize(both)), {
      cloudInitNoCloudSource: vmi,
      cloudInitData,
    });
  });
}

Deno.test("a field without bytes is left out, as proto3 says", () => {
  assert.equal(onDefineDomainResult.encode({ domainXML: [] }).length, 0);
  assert.equal(onDefineDomainResult.encode({ domainXML: text("") }).length, 0);
});

Deno.test("a field that is not there is empty", () => {
  sameFields(onDefineDomainParams, text(""), { domainXML: text(""), vmi: text("") });
});

Deno.test("of a field that is there twice the last one counts", () => {
  const twice = [
    ...onDefineDomain.requestSerialize({ domainXML: text("one") }),
    ...onDefineDomain.requestSerialize({ domainXML: text("two") }),
  ];
  sameFields(onDefineDomainParams, Uint8Array.from(twice), {
    domainXML: text("two"),
    vmi: text(""),
  });
});

Deno.test("a field that is not known is passed over, and so is a known one of another type", () => {
  const unknown = preCloudInitIso.requestSerialize({
    vmi: text("vmi"),
    cloudInitData: text("new"),
  });
  sameFields(onDefineDomainParams, unknown, { domainXML: text(""), vmi: text("vmi") });
  // Field 1 as a varint, then field 2: https://protobuf.dev/programming-guides/encoding/#structure
  sameFields(onDefineDomainParams, Uint8Array.from([1 << 3, 5, 2 << 3 | 2, 1, 120]), {
    domainXML: text(""),
    vmi: text("x"),
  });
});

Deno.test("a request is read where it lies in a larger buffer", () => {
  const message = onDefineDomain.requestSerialize({
    domainXML: text("<domain/>"),
    vmi: text("{}"),
  });
  const around = Uint8Array.from([9, 9, 9, ...message, 9, 9]);
  sameFields(onDefineDomainParams, around.subarray(3, 3 + message.length), {
    domainXML: text("<domain/>"),
    vmi: text("{}"),
  });
});

Deno.test("the bytes of a field are no Buffer, whose methods are slower", () => {
  const { vmi } = onDefineDomainParams.decode(onDefineDomain.requestSerialize({ vmi: text("{}") }));
  assert.equal(Buffer.isBuffer(vmi), false);
});

Deno.test("a message that ends within a field is refused", () => {
  const message = onDefineDomain.requestSerialize({ domainXML: text("<domain/>") });
  assert.throws(() => onDefineDomainParams.decode(message.subarray(0, -1)));
});

Deno.test("protobufjs reads InfoResult: the name, the versions, the hook points with and without priority", () => {
  const result = {
    name: "eks-irsa",
    versions: ["v1alpha2", "v1alpha3"],
    hookPoints: [{ name: "OnDefineDomain", priority: 300 }, {
      name: "PreCloudInitIso",
      priority: 0,
    }],
  } as const;
  const read = info.responseDeserialize(Buffer.from(encodeInfoResult(result)));
  assert.deepEqual(JSON.parse(JSON.stringify(read)), result);
});

function sameFields<Field extends string>(
  codec: Codec<Field>,
  bytes: Uint8Array,
  expected: Readonly<Record<Field, Uint8Array>>,
): void {
  assert.deepEqual(codec.decode(bytes), expected);
}

/** The fields of a message, whose values protobufjs gives as Buffers. */
function plainFields(message: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? new Uint8Array(value) : value,
    ]),
  );
}

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import {
  type CloudInitFields,
  originalUserData,
  parseCloudInitData,
  withUserData,
} from "../../src/cloud_init/data.ts";
import { InvalidInput } from "../../src/invalid_input.ts";
import { readVmi } from "../../src/kubevirt/vmi.ts";
import { damagedByGo, noCloudData, vmiWithBase64, WINDOWS } from "../support/kubevirt.ts";

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parsed = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

function fields(data: unknown, legacy?: unknown): CloudInitFields {
  return {
    cloudInitData: data === undefined ? new Uint8Array() : json(data),
    cloudInitNoCloudSource: legacy === undefined ? new Uint8Array() : json(legacy),
  };
}

for (const data of [noCloudData("#cloud-config\n"), WINDOWS.cloudInitData]) {
  Deno.test(`every other field of ${data.DataSource} goes back as it came`, () => {
    const request = fields(data, { userData: data.UserData, networkData: data.NetworkData });
    const result = withUserData(parseCloudInitData(request), "new");
    assert.deepEqual(parsed(result.cloudInitData), { ...data, UserData: "new" });
    assert.deepEqual(parsed(result.cloudInitNoCloudSource), {
      userData: "new",
      networkData: data.NetworkData,
    });
  });
}

Deno.test("a KubeVirt that knows the older form alone gets it back, in plain text", () => {
  const request = fields(undefined, { userDataBase64: btoa("#cloud-config\n"), networkData: "n" });
  const cloudInit = parseCloudInitData(request);
  assert.equal(cloudInit.userData, "#cloud-config\n");
  const result = withUserData(cloudInit, "new");
  assert.equal(result.cloudInitData.length, 0);
  assert.deepEqual(parsed(result.cloudInitNoCloudSource), { networkData: "n", userData: "new" });
});

Deno.test("both forms agree even if only the newer one came", () => {
  const result = withUserData(parseCloudInitData(fields(noCloudData(""))), "new");
  assert.equal(parsed(result.cloudInitNoCloudSource).userData, "new");
  assert.equal(parsed(result.cloudInitNoCloudSource).networkData, noCloudData("").NetworkData);
});

const REFUSALS: readonly (readonly [string, CloudInitFields, RegExp])[] = [
  ["neither form", fields(undefined), /Neither cloudInitData nor/],
  ["a list", fields([]), /cloudInitData is JSON but not an object/],
  [
    "broken JSON",
    {
      cloudInitData: new TextEncoder().encode('{"UserData": "secret'),
      cloudInitNoCloudSource: new Uint8Array(),
    },
    /cloudInitData is not JSON/,
  ],
];

for (const [situation, request, message] of REFUSALS) {
  Deno.test(`cloud-init data is refused: ${situation}`, () => {
    assert.throws(() => parseCloudInitData(request), (error) => {
      assert(error instanceof InvalidInput);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}

const BINARY: readonly (readonly [string, Uint8Array])[] = [
  ["gzip", new Uint8Array(gzipSync("#cloud-config\nwrite_files: []\n"))],
  ["a script in Latin-1", new Uint8Array([0x23, 0x21, 0x2f, 0x0a, 0xe9, 0xe9, 0x0a])],
  ["half a character", new Uint8Array([0x23, 0x21, 0xf0, 0x9f, 0x98])],
];

for (const [what, original] of BINARY) {
  Deno.test(`${what} is taken from the VMI, as KubeVirt has damaged it on the way`, () => {
    const cloudInit = parseCloudInitData(fields(noCloudData(damagedByGo(original))));
    assert.deepEqual(originalUserData(cloudInit, readVmi(vmiWithBase64(original))), original);
  });
}

Deno.test("U+FFFD that its owner wrote is no damage", () => {
  const cloudInit = parseCloudInitData(fields(noCloudData("#!/bin/sh\n# \uFFFD\n")));
  const other = vmiWithBase64(new TextEncoder().encode("something else"));
  assert.deepEqual(
    originalUserData(cloudInit, readVmi(other)),
    new TextEncoder().encode("#!/bin/sh\n# \uFFFD\n"),
  );
});

Deno.test("gzip whose original is nowhere is refused with what to do", () => {
  const damaged = damagedByGo(new Uint8Array(gzipSync("#cloud-config\n")));
  assert.throws(
    () => originalUserData(parseCloudInitData(fields(noCloudData(damaged))), readVmi({})),
    /is gzip.*userDataBase64.*--hooks onDefineDomain/,
  );
});

for (
  const [what, original] of [
    ["a script in Latin-1", new Uint8Array([0x23, 0x21, 0x2f, 0x0a, 0xe9, 0x0a])],
    [
      "a script with U+FFFD, which looks the same",
      new TextEncoder().encode("#!/bin/sh\n# \uFFFD\n"),
    ],
  ] as const
) {
  Deno.test(`${what}, in a Secret, is refused rather than handed on damaged`, () => {
    const cloudInit = parseCloudInitData(fields(noCloudData(damagedByGo(original))));
    const vmi = readVmi({
      spec: { volumes: [{ name: "cloudinit", cloudInitNoCloud: { secretRef: { name: "s" } } }] },
    });
    assert.throws(
      () => originalUserData(cloudInit, vmi),
      /in the Secret.*not UTF-8.*userDataBase64.*--hooks onDefineDomain/,
    );
  });
}

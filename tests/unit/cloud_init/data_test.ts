import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import {
  type CloudInitData,
  type CloudInitFields,
  originalUserData,
  parseCloudInitData,
  withUserData,
} from "../../../src/cloud_init/data.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";
import { InvalidInput } from "../../../src/text/invalid_input.ts";
import { damagedByGo, noCloudData, vmiWithBase64, WINDOWS } from "../../support/kubevirt.ts";

/** Both forms with other user data, each in one piece. */
function rewritten(cloudInit: CloudInitData, userData: string): CloudInitFields {
  const { cloudInitData, cloudInitNoCloudSource } = withUserData(cloudInit, userData);
  return {
    cloudInitData: Buffer.concat(cloudInitData),
    cloudInitNoCloudSource: Buffer.concat(cloudInitNoCloudSource),
  };
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parsed = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));

function fields(data: unknown, legacy?: unknown): CloudInitFields {
  return {
    cloudInitData: data === undefined ? new Uint8Array() : json(data),
    cloudInitNoCloudSource: legacy === undefined ? new Uint8Array() : json(legacy),
  };
}

for (const data of [noCloudData("#cloud-config\n"), WINDOWS.cloudInitData]) {
  Deno.test(`all other fields of ${data.DataSource} are returned unchanged`, () => {
    const request = fields(data, { userData: data.UserData, networkData: data.NetworkData });
    const result = rewritten(parseCloudInitData(request), "new");
    assert.deepEqual(parsed(result.cloudInitData), { ...data, UserData: "new" });
    assert.deepEqual(parsed(result.cloudInitNoCloudSource), {
      userData: "new",
      networkData: data.NetworkData,
    });
  });
}

Deno.test("if only the older form was sent, it is returned, in plain text", () => {
  const request = fields(undefined, { userDataBase64: btoa("#cloud-config\n"), networkData: "n" });
  const cloudInit = parseCloudInitData(request);
  assert.equal(cloudInit.userData, "#cloud-config\n");
  const result = rewritten(cloudInit, "new");
  assert.equal(result.cloudInitData.length, 0);
  assert.deepEqual(parsed(result.cloudInitNoCloudSource), {
    networkData: "n",
    userData: "new",
    userDataBase64: "",
  });
});

Deno.test("the older form's base64 counts only if nothing else has user data", () => {
  const base64 = btoa("x");
  const read = (data: unknown, legacy: unknown) => {
    const { userData, userDataBase64, volumeName } = parseCloudInitData(fields(data, legacy));
    return { userData, userDataBase64, volumeName };
  };
  const none = { userDataBase64: undefined, volumeName: "" };
  assert.deepEqual(read(undefined, { userDataBase64: base64 }), {
    ...none,
    userData: "x",
    userDataBase64: base64,
  });
  assert.deepEqual(read(undefined, { userData: "y", userDataBase64: base64 }), {
    ...none,
    userData: "y",
  });
  assert.deepEqual(read({}, { userDataBase64: base64 }), { ...none, userData: "" });
  assert.deepEqual(read({ VolumeName: "v", UserData: "z" }, {}), {
    ...none,
    userData: "z",
    volumeName: "v",
  });
});

Deno.test("a byte order mark in the older form's base64 stays", () => {
  const userDataBase64 = Buffer.from("\uFEFF#cloud-config\n").toString("base64");
  assert.equal(
    parseCloudInitData(fields(undefined, { userDataBase64 })).userData,
    "\uFEFF#cloud-config\n",
  );
});

Deno.test("gzip in the older form's base64 is not damaged", () => {
  const gzip = new Uint8Array(gzipSync("#cloud-config\n"));
  const cloudInit = parseCloudInitData(
    fields(undefined, { userDataBase64: Buffer.from(gzip).toString("base64") }),
  );
  assert.deepEqual(originalUserData(cloudInit, readVmi({})), gzip);
});

/**
 * Texts of cloudInitData, and the texts after the user data is set to "new". Go accepts keys in any
 * case, and of several the last.
 */
const TEXTS: readonly (readonly [string, string, string])[] = [
  [
    "numbers that JavaScript cannot hold",
    '{"a":12345678901234567890,"b":1e400,"c":-0,"UserData":"x","d":1.0}',
    '{"a":12345678901234567890,"b":1e400,"c":-0,"UserData":"new","d":1.0}',
  ],
  [
    "keys that JavaScript sorts",
    '{"z":0,"UserData":"x","2":0,"1":0}',
    '{"z":0,"UserData":"new","2":0,"1":0}',
  ],
  ["a member twice", '{"a":1,"UserData":"x","a":2}', '{"a":1,"UserData":"new","a":2}'],
  [
    "white space of all kinds",
    ' {\n"UserData"\t:\r "x"\t ,\n"a" : [ ] } ',
    ' {\n"UserData"\t:\r "new"\t ,\n"a" : [ ] } ',
  ],
  [
    "quotes, backslashes and brackets in texts",
    String.raw`{"a\\":"\\","b":["}\"]","\\\""],"UserData":"\\\"","c":{"UserData":"x"}}`,
    String.raw`{"a\\":"\\","b":["}\"]","\\\""],"UserData":"new","c":{"UserData":"x"}}`,
  ],
  [
    "escapes that Go and JavaScript write otherwise",
    String.raw`{"a":"\u003c\/\u2028","UserData":"x"}`,
    String.raw`{"a":"\u003c\/\u2028","UserData":"new"}`,
  ],
  ["no user data", '{"a":1}', '{"UserData":"new","a":1}'],
  ["nothing", "{ }", '{"UserData":"new" }'],
  ["user data of another type", '{"UserData":[{"a":1}],"b":1}', '{"UserData":"new","b":1}'],
  ["the user data twice", '{"UserData":"x","UserData":"y"}', '{"UserData":"x","UserData":"new"}'],
  ["another spelling", '{"USERDATA":"x","a":1}', '{"USERDATA":"new","a":1}'],
  ["two spellings", '{"userdata":"x","UserData":"y"}', '{"userdata":"x","UserData":"new"}'],
  ["two spellings, turned", '{"UserData":"x","userdata":"y"}', '{"UserData":"x","userdata":"new"}'],
  ["a spelling with a long s", '{"u\u017FerData":"x"}', '{"u\u017FerData":"new"}'],
  [
    "a spelling in escapes",
    String.raw`{"\u0055\u0073\u0065\u0072\u0044\u0061\u0074\u0061":"x"}`,
    String.raw`{"\u0055\u0073\u0065\u0072\u0044\u0061\u0074\u0061":"new"}`,
  ],
  [
    "names that look like it",
    '{"UserDat\u0430":"x","UserData ":1}',
    '{"UserData":"new","UserDat\u0430":"x","UserData ":1}',
  ],
  [
    "names that JavaScript has",
    '{"__proto__":{"a":1},"toJSON":1}',
    '{"UserData":"new","__proto__":{"a":1},"toJSON":1}',
  ],
  ...["[", '{"0":', '{"toJSON":'].map((open) => {
    const deep = open.repeat(200_000) + (open === "[" ? "]" : "1}" + "}".repeat(199_999)) +
      (open === "[" ? "]".repeat(199_999) : "");
    return [
      `${open} 200,000 times`,
      `{"NoCloudMetaData":${deep},"UserData":"x"}`,
      `{"NoCloudMetaData":${deep},"UserData":"new"}`,
    ] as const;
  }),
];

for (const [what, before, after] of TEXTS) {
  Deno.test(`all other bytes are returned unchanged: ${what}`, () => {
    const cloudInitData = new TextEncoder().encode(before);
    const result = rewritten(
      parseCloudInitData({ cloudInitData, cloudInitNoCloudSource: new Uint8Array() }),
      "new",
    );
    // No difference of megabytes is to be printed.
    assert(new TextDecoder().decode(result.cloudInitData) === after);
  });
}

const READINGS: readonly (readonly [string, string])[] = [
  ['{"userdata":"x","UserData":"y"}', "y"],
  ['{"UserData":"x","userdata":"y"}', "y"],
  ['{"UserData":"x","userdata":"y","UserData":"z"}', "z"],
  ['{"USERDATA":"x"}', "x"],
  ['{"UserData":{"UserData":"x"}}', ""],
];

for (const [text, userData] of READINGS) {
  Deno.test(`the user data of ${text} is ${JSON.stringify(userData)}, as Go reads it`, () => {
    const cloudInitData = new TextEncoder().encode(text);
    const none = new Uint8Array();
    assert.equal(
      parseCloudInitData({ cloudInitData, cloudInitNoCloudSource: none }).userData,
      userData,
    );
  });
}

const THREE_MIB = "x".repeat(3 << 20);
const { NoCloudMetaData, ConfigDriveMetaData } = WINDOWS.cloudInitData;

/** The newer form, and whether virt-launcher would take user data from the older one. */
const FORMS: readonly (readonly [string, unknown, boolean])[] = [
  ["NoCloud", noCloudData(""), false],
  ["ConfigDrive", { ...noCloudData(""), NoCloudMetaData, ConfigDriveMetaData }, false],
  ["without metadata", { ...noCloudData(""), NoCloudMetaData: null }, true],
  ["not there at all", undefined, true],
];

for (const [what, data, isRead] of FORMS) {
  Deno.test(`large user data is ${isRead ? "" : "not "}in the older form beside a newer one: ${what}`, () => {
    const written = { userData: isRead ? THREE_MIB : "", userDataBase64: "", networkData: "n" };
    const members = { userData: "", userDataBase64: btoa("x"), networkData: "n" };
    // In any order: each value is replaced in its place.
    for (const legacy of [members, Object.fromEntries(Object.entries(members).toReversed())]) {
      const result = rewritten(parseCloudInitData(fields(data, legacy)), THREE_MIB);
      assert.deepEqual(parsed(result.cloudInitNoCloudSource), written);
      if (data !== undefined) assert(parsed(result.cloudInitData).UserData === THREE_MIB);
    }
  });
}

Deno.test("both forms have the user data if virt-launcher accepts their size", () => {
  // The size that virt-launcher accepts, without the tags and lengths of the two fields.
  const largest = 4 * 1024 * 1024 - 10;
  const cloudInit = parseCloudInitData(fields(noCloudData(""), { userData: "" }));
  const sizeOf = (userData: string) => {
    const result = rewritten(cloudInit, userData);
    return result.cloudInitData.length + result.cloudInitNoCloudSource.length;
  };
  const half = Math.floor((largest - sizeOf("")) / 2);
  assert.equal(sizeOf("x".repeat(half)), sizeOf("") + 2 * half);
  assert.equal(sizeOf("x".repeat(half + 1)), sizeOf("") + half + 1);
});

Deno.test("both forms agree even if only the newer one came", () => {
  const result = rewritten(parseCloudInitData(fields(noCloudData(""))), "new");
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
  [
    "a byte order mark, which Go refuses",
    {
      cloudInitData: new TextEncoder().encode('\uFEFF{"UserData": "secret"}'),
      cloudInitNoCloudSource: new Uint8Array(),
    },
    /cloudInitData is not JSON/,
  ],
];

/** Checks that cloud-init data are refused with a message, which has no secret. */
const refusal = (message: RegExp) => (error: unknown) => {
  assert(error instanceof InvalidInput);
  assert.match(error.message, message);
  assert.doesNotMatch(error.message, /secret/);
  assert.equal(error.source, "cloud-init data");
  return true;
};

for (const [situation, request, message] of REFUSALS) {
  Deno.test(`cloud-init data is refused: ${situation}`, () => {
    assert.throws(() => parseCloudInitData(request), refusal(message));
  });
}

const BINARY: readonly (readonly [string, Uint8Array])[] = [
  ["gzip", new Uint8Array(gzipSync("#cloud-config\nwrite_files: []\n"))],
  ["a script in Latin-1", new Uint8Array([0x23, 0x21, 0x2f, 0x0a, 0xe9, 0xe9, 0x0a])],
  ["a script with a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x23, 0x21, 0xe9])],
  ["half a character", new Uint8Array([0x23, 0x21, 0xf0, 0x9f, 0x98])],
];

for (const [what, original] of BINARY) {
  Deno.test(`${what} is read from the VMI, because KubeVirt damages it in the request`, () => {
    const cloudInit = parseCloudInitData(fields(noCloudData(damagedByGo(original))));
    assert.deepEqual(originalUserData(cloudInit, readVmi(vmiWithBase64(original))), original);
  });
}

Deno.test("U+FFFD that the owner wrote is accepted", () => {
  const cloudInit = parseCloudInitData(fields(noCloudData("#!/bin/sh\n# \uFFFD\n")));
  const other = vmiWithBase64(new TextEncoder().encode("something else"));
  assert.deepEqual(
    originalUserData(cloudInit, readVmi(other)),
    new TextEncoder().encode("#!/bin/sh\n# \uFFFD\n"),
  );
});

Deno.test("U+FFFD of a VM without cloud-init volumes is accepted", () => {
  const cloudInit = parseCloudInitData(fields(noCloudData("\uFFFD")));
  assert.deepEqual(
    originalUserData(cloudInit, readVmi({})),
    new TextEncoder().encode("\uFFFD"),
  );
});

const DAMAGED = "#!\uFFFD\nab";
for (const other of ["#!\xff\na\xffb", "#!\xff\nabc", "#!\xff\na"]) {
  Deno.test(`what the VMI has in base64 is not the original: ${JSON.stringify(other)}`, () => {
    const vmi = vmiWithBase64(Uint8Array.from(other, (character) => character.charCodeAt(0)));
    assert.deepEqual(
      originalUserData(parseCloudInitData(fields(noCloudData(DAMAGED))), readVmi(vmi)),
      new TextEncoder().encode(DAMAGED),
    );
  });
}

Deno.test("the original is that of the volume's name, or of the first volume", () => {
  const volume = (name: string, byte: number) => ({
    name,
    cloudInitNoCloud: { userDataBase64: btoa(String.fromCharCode(0x23, 0x21, byte)) },
  });
  const vmi = readVmi({ spec: { volumes: [volume("a", 0xe0), volume("b", 0xe1)] } });
  for (const [VolumeName, byte] of [["a", 0xe0], ["b", 0xe1], ["c", 0xe0]] as const) {
    const cloudInit = parseCloudInitData(fields({ ...noCloudData("#!\uFFFD"), VolumeName }));
    assert.deepEqual(originalUserData(cloudInit, vmi), new Uint8Array([0x23, 0x21, byte]));
  }
});

Deno.test("text in a Secret is taken as it is", () => {
  const vmi = readVmi({
    spec: { volumes: [{ name: "cloudinit", cloudInitNoCloud: { secretRef: { name: "s" } } }] },
  });
  assert.deepEqual(
    originalUserData(parseCloudInitData(fields(noCloudData("#!/bin/sh\n"))), vmi),
    new TextEncoder().encode("#!/bin/sh\n"),
  );
});

Deno.test("gzip without an original is refused, and the message says what to do", () => {
  const damaged = damagedByGo(new Uint8Array(gzipSync("#cloud-config\n")));
  assert.throws(
    () => originalUserData(parseCloudInitData(fields(noCloudData(damaged))), readVmi({})),
    refusal(/is gzip.*userDataBase64.*--hooks onDefineDomain/),
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
  Deno.test(`${what} in a Secret is refused, because it would be damaged`, () => {
    const cloudInit = parseCloudInitData(fields(noCloudData(damagedByGo(original))));
    const vmi = readVmi({
      spec: { volumes: [{ name: "cloudinit", cloudInitNoCloud: { secretRef: { name: "s" } } }] },
    });
    assert.throws(
      () => originalUserData(cloudInit, vmi),
      refusal(/in the Secret.*not UTF-8.*userDataBase64.*--hooks onDefineDomain/),
    );
  });
}

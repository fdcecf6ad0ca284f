import fc from "fast-check";

/** The names that the sidecar reads, and names with a meaning in JavaScript. */
const key = fc.constantFrom(
  "metadata",
  "labels",
  "annotations",
  "spec",
  "domain",
  "devices",
  "filesystems",
  "virtiofs",
  "volumes",
  "name",
  "namespace",
  "cloudInitNoCloud",
  "cloudInitConfigDrive",
  "userDataBase64",
  "containerPath",
  "path",
  "sysprep",
  "features",
  "hyperv",
  "clock",
  "timer",
  "status",
  "guestOSInfo",
  "id",
  "vm.kubevirt.io/os",
  "UserData",
  "userData",
  "userdata",
  "USERDATA",
  "u\u017FerData",
  "USERDATABASE64",
  "NoCloudMetaData",
  "VolumeName",
  "NetworkData",
  "DataSource",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "length",
  "toJSON",
  "",
  // JavaScript sorts such keys before all others.
  "0",
  "1",
  "4294967294",
);

const leaf = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "0",
    "-0",
    "1.0",
    "1e400",
    "12345678901234567890",
    '"\\ud800"',
    '"\\u003c\\/\\\\"',
    '"\\\\\\""',
    '""',
    "[]",
    "{}",
  ),
  fc.string({ maxLength: 10 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"windows"', '"linux"', '"#cloud-config\\n"', '"AAAA"', '"\\u0000"', '"\\ufffd"'),
);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "medium" },
    leaf,
    // Not by JSON.stringify, so that a key can be there twice.
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((members) =>
      `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${inner}`).join(",")}}`
    ),
    fc.array(tie("value"), { maxLength: 4 }).map((entries) => `[${entries.join(",")}]`),
  ),
}));

/** White space in JSON, mostly none. */
const space = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constantFrom(" ", "\n", "\r\n\t ") },
);

function objectOf(member: fc.Arbitrary<readonly [string, string]>): fc.Arbitrary<string> {
  const spaced = fc.tuple(space, member, space, space, space).map(
    ([before, [name, inner], behind, front, end]) =>
      `${before}${JSON.stringify(name)}${behind}:${front}${inner}${end}`,
  );
  return fc.tuple(space, fc.array(spaced, { maxLength: 8 }), space).map(
    ([before, members, behind]) => `${before}{${members.join(",") || behind}}${behind}`,
  );
}

const anyObject = objectOf(fc.tuple(key, value));

const placed = fc.constantFrom("spec", "NoCloudMetaData", "UserData", "a", "0");

/** JSON that is nested too deeply for a recursive parser. */
const deep = fc.tuple(
  placed,
  fc.double({ min: 0, max: 17, noNaN: true }),
  fc.constantFrom("[", '{"spec":', '{"0":', '{"toJSON":', '{"UserData":'),
).map(([name, exponent, open]) => {
  const depth = Math.round(2 ** exponent);
  const [inner, close] = open === "[" ? ["", "]"] : ["1", "}"];
  return `{"${name}":${open.repeat(depth)}${inner}${close.repeat(depth)}}`;
});

/** JSON with one very long value or key. */
const huge = fc.tuple(
  placed,
  fc.nat({ max: 17 }),
  fc.constantFrom('"', "\\", "\n", "\0", "x", "é", "😀", "\u2028"),
  fc.constantFrom<(unit: string, count: number) => string>(
    (unit, count) => JSON.stringify(unit.repeat(count)),
    (unit, count) => `{${JSON.stringify(unit.repeat(count))}:1}`,
    (_, count) => `1${"0".repeat(count)}`,
    (_, count) => `[${"[],".repeat(count)}0]`,
    (unit, count) => `{${`${JSON.stringify(unit)}:0,`.repeat(count)}"":0}`,
    (_, count) => `${" ".repeat(count)}1`,
  ),
).map(([name, exponent, unit, write]) => `{"${name}":${write(unit, 2 ** exponent)}}`);

/** Any JSON, and sometimes text that is not JSON. */
export const anyJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: anyObject },
  { weight: 2, arbitrary: value },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: huge },
);

/** Members of cloudInitData in any order and spelling, with user data that the sidecar can embed. */
export const anyCloudInitData: fc.Arbitrary<string> = objectOf(
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(key, value) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom("UserData", "userData", "userdata", "u\u017FerData"),
        fc.constantFrom('"#cloud-config\\n"', '"#!/bin/sh\\n\\\\\\""', '"\\u0023!"', '""'),
      ),
    },
  ),
);

/** A VMI with the right structure and any values. */
export const almostVmi: fc.Arbitrary<string> = fc.tuple(value, value, value, value, value).map(
  ([labels, volume, filesystem, hyperv, os]) =>
    `{"metadata":{"labels":${labels},"annotations":{"vm.kubevirt.io/os":${os}}},"spec":{"volumes":[${volume},` +
    `{"name":${os},"containerPath":{"path":"/t"}}],"domain":{"devices":{"filesystems":[${filesystem}]},` +
    `"features":{"hyperv":${hyperv}}}},"status":{"guestOSInfo":{"id":${os}}}}`,
);

import fc from "fast-check";

/** The names that the sidecar looks for, and those that JavaScript has a meaning for. */
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
);

const leaf = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "0",
    "-0",
    "1e400",
    "12345678901234567890",
    '"\\ud800"',
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
    // Written by hand, so that a key can stand there twice.
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map((members) =>
      `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${inner}`).join(",")}}`
    ),
    fc.array(tie("value"), { maxLength: 4 }).map((entries) => `[${entries.join(",")}]`),
  ),
}));

const anyObject = fc.array(fc.tuple(key, value), { maxLength: 8 }).map((members) =>
  `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${inner}`).join(",")}}`
);

/** Any JSON at all, and now and then something that is none. */
export const anyJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: anyObject },
  { weight: 2, arbitrary: value },
  { weight: 1, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat({ max: 3000 }), fc.boolean()).map(([depth, list]) =>
      list
        ? `{"spec":${"[".repeat(depth)}${"]".repeat(depth)}}`
        : `${'{"spec":'.repeat(depth)}1${"}".repeat(depth)}`
    ),
  },
);

/** A VMI whose shape is right and whose values are anything. */
export const almostVmi: fc.Arbitrary<string> = fc.tuple(value, value, value, value, value).map(
  ([labels, volume, filesystem, hyperv, os]) =>
    `{"metadata":{"labels":${labels},"annotations":{"vm.kubevirt.io/os":${os}}},"spec":{"volumes":[${volume},` +
    `{"name":${os},"containerPath":{"path":"/t"}}],"domain":{"devices":{"filesystems":[${filesystem}]},` +
    `"features":{"hyperv":${hyperv}}}},"status":{"guestOSInfo":{"id":${os}}}}`,
);

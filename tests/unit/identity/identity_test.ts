import assert from "node:assert/strict";
import { captureIdentity, type Identity } from "../../../src/identity/identity.ts";
import { identityNotes } from "../../../src/identity/notes.ts";
import { findTokenShare } from "../../../src/identity/share.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";

const TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

function identityWith(variables: Record<string, string>): Identity {
  const identity = captureIdentity({ AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE, ...variables });
  assert(identity !== undefined);
  return identity;
}

Deno.test("the identity is every AWS_ variable and nothing else", () => {
  const identity = identityWith({
    AWS_ROLE_ARN: "arn",
    AWS_X: "",
    HOME: "/",
    XAWS_Y: "1",
    aws_z: "1",
  });
  assert.deepEqual([...identity.variables.keys()], [
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_X",
  ]);
  assert.equal(identity.tokenFolder, "/var/run/secrets/eks.amazonaws.com/serviceaccount");
  assert.equal(identity.tokenName, "token");
});

const WITHOUT_ROLE: readonly Readonly<Record<string, string>>[] = [
  {},
  { AWS_ROLE_ARN: "arn" },
  { AWS_WEB_IDENTITY_TOKEN_FILE: "" },
  // Names that a line of text cannot hold, or that a guest cannot open.
  ...[
    "/t/",
    "/t/.",
    "/t/..",
    "/t/...",
    "/t/token.",
    "/t/to\nken",
    "/t/ token",
    "/t/token ",
    "/t/tok:en",
    "/t/a'b",
    "token",
    "t/token",
  ].map(
    (file) => ({ AWS_ROLE_ARN: "arn", AWS_WEB_IDENTITY_TOKEN_FILE: file }),
  ),
];

for (const environment of WITHOUT_ROLE) {
  Deno.test(`there is no identity without a token file: ${JSON.stringify(environment)}`, () => {
    assert.equal(captureIdentity(environment), undefined);
    const [note, ...others] = identityNotes(environment, undefined);
    const { level, message } = note ?? {};
    assert.deepEqual(others, []);
    assert.equal(level, environment.AWS_WEB_IDENTITY_TOKEN_FILE ? "warning" : "info");
    assert.match(message ?? "", /AWS_WEB_IDENTITY_TOKEN_FILE/);
    assert.match(message ?? "", /^[\x20-\x7e]+$/);
  });
}

const TOKEN_FILES: readonly (readonly [string, string, string])[] = [
  [TOKEN_FILE, "/var/run/secrets/eks.amazonaws.com/serviceaccount", "token"],
  ["/token", "", "token"],
  ["/with space/..data/eks_token-1.jwt", "/with space/..data", "eks_token-1.jwt"],
];

for (const [file, tokenFolder, tokenName] of TOKEN_FILES) {
  Deno.test(`the token file ${file} is ${tokenName} in ${tokenFolder || "/"}`, () => {
    const identity = identityWith({ AWS_WEB_IDENTITY_TOKEN_FILE: file });
    assert.equal(identity.tokenFolder, tokenFolder);
    assert.equal(identity.tokenName, tokenName);
  });
}

const WEBHOOK = { kind: "webhook" as const, tag: "aws-iam-token", socket: "/run/token.sock" };
const containerPath = (path: string, filesystem: string) =>
  readVmi({
    spec: {
      domain: { devices: { filesystems: [{ name: filesystem, virtiofs: {} }] } },
      volumes: [{ name: "irsa", containerPath: { path, readOnly: true } }],
    },
  });

const SHARES: readonly (readonly [string, ReturnType<typeof readVmi>, string])[] = [
  ["no volume of its own", readVmi({}), "aws-iam-token"],
  [
    "a containerPath volume of the token's folder with its filesystem",
    containerPath("/var/run/secrets/eks.amazonaws.com/serviceaccount", "irsa"),
    "irsa",
  ],
  [
    "the same with a slash",
    containerPath("/var/run/secrets/eks.amazonaws.com/serviceaccount/", "irsa"),
    "irsa",
  ],
  ["one of another folder", containerPath("/var/run/secrets", "irsa"), "aws-iam-token"],
  [
    "one without its filesystem",
    containerPath("/var/run/secrets/eks.amazonaws.com/serviceaccount", "other"),
    "aws-iam-token",
  ],
];

for (const [situation, vmi, tag] of SHARES) {
  Deno.test(`a VMI with ${situation} reaches the token by the tag ${tag}`, () => {
    const share = findTokenShare(vmi, identityWith({}), WEBHOOK);
    assert.deepEqual(share, tag === "irsa" ? { kind: "containerPath", tag } : WEBHOOK);
  });
}

function warningsOf(identity: Identity): readonly string[] {
  return identityNotes(Object.fromEntries(identity.variables), identity)
    .flatMap(({ level, message }) => level === "warning" ? [message] : []);
}

for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
  Deno.test(`a pod with a role and ${name} has a region`, () => {
    assert.deepEqual(warningsOf(identityWith({ [name]: "eu-central-1" })), []);
  });
}

for (const variables of [{}, { AWS_REGION: "" }] as Record<string, string>[]) {
  Deno.test(`a pod with a role and ${JSON.stringify(variables)} has none, which is a warning`, () => {
    const [message, ...others] = warningsOf(identityWith(variables));
    assert.match(message ?? "", /no AWS_REGION.*--aws-default-region/);
    assert.deepEqual(others, []);
  });
}

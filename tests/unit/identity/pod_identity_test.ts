import assert from "node:assert/strict";
import { captureIdentity, type Identity } from "../../../src/identity/identity.ts";
import { identityNotes } from "../../../src/identity/notes.ts";
import { findTokenShare } from "../../../src/identity/share.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";
import { POD_IDENTITY_ENVIRONMENT, POD_IDENTITY_FOLDER } from "../../support/pod_identity.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";

const IRSA_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const AGENT = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const WEBHOOK = { kind: "webhook" as const, tag: "aws-iam-token", socket: "/run/token.sock" };

function capture(environment: Readonly<Record<string, string>>): Identity {
  const identity = captureIdentity(environment);
  assert(identity !== undefined);
  return identity;
}

function warningsOn(environment: Readonly<Record<string, string>>): readonly string[] {
  return identityNotes(environment, captureIdentity(environment))
    .flatMap(({ level, message }) => level === "warning" ? [message] : []);
}

Deno.test("a pod with an association has EKS Pod Identity, and every AWS_ variable", () => {
  const { kind, variables, tokenFolder, tokenName } = capture(POD_IDENTITY_ENVIRONMENT);
  assert.equal(kind, "pod identity");
  assert.deepEqual(Object.fromEntries(variables), POD_IDENTITY_ENVIRONMENT);
  assert.equal(tokenFolder, POD_IDENTITY_FOLDER);
  assert.equal(tokenName, "eks-pod-identity-token");
  assert.deepEqual(warningsOn(POD_IDENTITY_ENVIRONMENT), []);
});

for (const missing of [TOKEN, AGENT]) {
  for (const value of [undefined, ""]) {
    Deno.test(`without ${missing} (${value}) there is no Pod Identity`, () => {
      const { [missing]: _, ...others } = POD_IDENTITY_ENVIRONMENT;
      const environment = value === undefined ? others : { ...others, [missing]: value };
      assert.equal(captureIdentity(environment), undefined);
      assert.equal(identityNotes(environment, undefined)[0]?.level, "info");
    });
  }
}

Deno.test("with the variables of both kinds the guest gets those of IRSA, and a warning names the others", () => {
  const both = { ...IRSA_ENVIRONMENT, ...POD_IDENTITY_ENVIRONMENT };
  const { kind, variables } = capture(both);
  assert.equal(kind, "web identity");
  assert.deepEqual(Object.fromEntries(variables), IRSA_ENVIRONMENT);
  const [warning = "", ...others] = warningsOn(both);
  assert(warning.includes(TOKEN) && warning.includes(AGENT));
  assert.deepEqual(others, []);
});

Deno.test("an empty variable of IRSA does not count, and does not reach a guest with Pod Identity", () => {
  const { kind, variables } = capture({
    ...POD_IDENTITY_ENVIRONMENT,
    AWS_WEB_IDENTITY_TOKEN_FILE: "",
  });
  assert.equal(kind, "pod identity");
  assert(!variables.has("AWS_WEB_IDENTITY_TOKEN_FILE"));
});

Deno.test("a token's file that no guest can read is no role, and a warning names the variable", () => {
  const environment = { ...POD_IDENTITY_ENVIRONMENT, [TOKEN]: "/t/to ken" };
  assert.equal(captureIdentity(environment), undefined);
  const [warning = ""] = warningsOn(environment);
  assert.match(warning, /^AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names no absolute path/);
});

Deno.test("the log names the folder that a containerPath volume has to share", () => {
  for (
    const [environment, kind, folder] of [
      [POD_IDENTITY_ENVIRONMENT, "EKS Pod Identity", POD_IDENTITY_FOLDER],
      [IRSA_ENVIRONMENT, "IRSA", IRSA_FOLDER],
    ] as const
  ) {
    const [note, ...others] = identityNotes(environment, capture(environment));
    assert.deepEqual(others, []);
    assert.equal(note?.level, "info");
    assert(note.message.includes(`by ${kind}, with the token in ${folder}.`), note.message);
  }
});

const sharing = (...paths: readonly string[]) =>
  readVmi({
    spec: {
      domain: {
        devices: { filesystems: paths.map((_, index) => ({ name: `v${index}`, virtiofs: {} })) },
      },
      volumes: paths.map((path, index) => ({ name: `v${index}`, containerPath: { path } })),
    },
  });

const IRSA = capture(IRSA_ENVIRONMENT);
const POD_IDENTITY = capture(POD_IDENTITY_ENVIRONMENT);

Deno.test("a guest reaches the token of Pod Identity by a containerPath volume of its folder", () => {
  for (const path of [POD_IDENTITY_FOLDER, `${POD_IDENTITY_FOLDER}/`]) {
    assert.deepEqual(findTokenShare(sharing("/other", path), POD_IDENTITY, WEBHOOK), {
      kind: "containerPath",
      tag: "v1",
    });
  }
});

Deno.test("a token in the root folder is shared by a volume of the root folder", () => {
  const identity = capture({ ...IRSA_ENVIRONMENT, AWS_WEB_IDENTITY_TOKEN_FILE: "/token" });
  assert.deepEqual(findTokenShare(sharing("/"), identity, WEBHOOK), {
    kind: "containerPath",
    tag: "v0",
  });
});

Deno.test("a VM that shares both folders has the one of its pod's kind", () => {
  const vmi = sharing(IRSA_FOLDER, POD_IDENTITY_FOLDER);
  assert.deepEqual(findTokenShare(vmi, IRSA, WEBHOOK), { kind: "containerPath", tag: "v0" });
  assert.deepEqual(findTokenShare(vmi, POD_IDENTITY, WEBHOOK), {
    kind: "containerPath",
    tag: "v1",
  });
});

Deno.test("without such a volume nothing is shared with Pod Identity, and the webhook's device is never asked for", () => {
  const unlisted = readVmi({
    spec: { volumes: [{ name: "v0", containerPath: { path: POD_IDENTITY_FOLDER } }] },
  });
  for (const vmi of [readVmi({}), sharing("/other"), unlisted]) {
    const share = findTokenShare(vmi, POD_IDENTITY, WEBHOOK);
    assert(share.kind === "missing");
    assert(!share.sharesOtherFolder);
    assert(share.reason.includes(`a containerPath volume of ${POD_IDENTITY_FOLDER}`));
  }
});

const TRAPS: readonly (readonly [string, Identity, string, string])[] = [
  [
    "the pod has an association, and the VM the folder of IRSA",
    POD_IDENTITY,
    IRSA_FOLDER,
    POD_IDENTITY_FOLDER,
  ],
  [
    "the pod has IRSA, and the VM the folder of Pod Identity",
    IRSA,
    POD_IDENTITY_FOLDER,
    IRSA_FOLDER,
  ],
];

for (const [trap, identity, shared, needed] of TRAPS) {
  Deno.test(`the reason says which path to write instead: ${trap}`, () => {
    const share = findTokenShare(sharing(shared), identity, WEBHOOK);
    assert(share.kind === "missing" && share.sharesOtherFolder);
    assert(share.reason.includes(`shares ${shared}`), share.reason);
    assert(share.reason.endsWith(`change the path of the VM's containerPath volume to ${needed}`));
  });
}

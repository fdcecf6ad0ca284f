import assert from "node:assert/strict";
import { repositoryPath } from "../support/paths.ts";
import { POD_IDENTITY_ENVIRONMENT } from "../support/pod_identity.ts";
import { IRSA_ENVIRONMENT } from "../support/sidecar.ts";
import { masquerade, podIdentity, podNetwork, role } from "./check_case.ts";
import { labelled, unlabelled } from "./check_cases_admission.ts";
import { all, type Edit, textOf } from "./edit.ts";
import { runHere } from "./run_here.ts";
import { sysprepVm, unattend } from "./sysprep_vm.ts";

const associated = all(labelled("pod-identity"), masquerade, role(undefined));
const ROUTE = { address: "169.254.170.23", gateway: "10.0.2.1" };

async function preview(
  edit: Edit,
  env: Readonly<Record<string, string>> = {},
  ...more: readonly string[]
) {
  return await runHere({ args: ["preview", "-", ...more], stdin: textOf(edit), env });
}

async function report(edit: Edit, env?: Readonly<Record<string, string>>) {
  const { stdout } = await preview(edit, env, "--output", "json");
  return JSON.parse(stdout)[0];
}

Deno.test("the text names the identity, the agent and the route to it", async () => {
  const { code, stdout } = await runHere({
    args: ["preview", repositoryPath("examples/pod-identity.yaml")],
    env: {},
  });
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}Admission +the policy adds .* the volume pod-identity, /m);
  assert.match(stdout, /^ {2}Identity +EKS Pod Identity$/m);
  assert.match(
    stdout,
    /^ {2}Role +unknown \(by the service account's association, .*not looked at/m,
  );
  assert.match(
    stdout,
    /^ {2}Agent +http:\/\/169\.254\.170\.23\/v1\/credentials, .*169\.254\.170\.23\/32 via 10\.0\.2\.1$/m,
  );
  assert.doesNotMatch(stdout, /AWS_ROLE_ARN|AWS_WEB_IDENTITY_TOKEN_FILE/);
});

Deno.test("JSON names the identity, the agent and the route to it", async () => {
  const { identity, role: { arn }, token, variables } = await report(associated);
  assert.deepEqual(identity, {
    kind: "pod identity",
    agent: {
      url: "http://169.254.170.23/v1/credentials",
      access: { kind: "route", route: ROUTE },
    },
  });
  assert.equal(arn, "");
  assert.equal(token.file, variables.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE);
  assert.equal(token.shareTag, "pod-identity");
  assert.deepEqual(Object.keys(variables), [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_STS_REGIONAL_ENDPOINTS",
  ]);
});

Deno.test("a VM with IRSA needs no agent", async () => {
  const { identity } = await report(all(labelled("true"), masquerade));
  assert.deepEqual(identity, { kind: "web identity", agent: null });
  const { stdout } = await preview(labelled("true"));
  assert.match(stdout, /^ {2}Identity +IRSA$/m);
  assert.doesNotMatch(stdout, /^ {2}Agent/m);
});

Deno.test("the role of --role-arn is shown, and the guest gets no variable of it", async () => {
  const arn = "arn:aws:iam::111122223333:role/given";
  const { stdout } = await preview(associated, {}, "--role-arn", arn);
  assert.match(stdout, new RegExp(`^ {2}Role +${arn} \\(by --role-arn\\)$`, "m"));
  assert.doesNotMatch(stdout, /AWS_ROLE_ARN/);
});

Deno.test("the token's file of --token-file is IRSA's", async () => {
  const { code, stdout } = await preview(
    associated,
    {},
    "--token-file",
    "/var/run/secrets/other/token",
  );
  assert.equal(code, 0);
  assert.match(stdout, /from the virtiofs share pod-identity,/);
});

for (
  const [name, edit, access] of [
    [
      "passt",
      podNetwork({ binding: { name: "passt" } }),
      /credentials, by the guest's own routes$/,
    ],
    [
      "a bridge",
      podNetwork({ bridge: {} }),
      /credentials may not be reached: its interface .* bridge/,
    ],
  ] as const
) {
  Deno.test(`the way to the agent: ${name}`, async () => {
    const { stdout } = await preview(all(labelled("pod-identity"), edit));
    assert.match(/^ {2}Agent .*$/m.exec(stdout)?.[0] ?? "", access);
  });
}

Deno.test("the share by hand is enough", async () => {
  const { identity } = await report(all(podIdentity, masquerade, role(undefined)));
  assert.equal(identity.kind, "pod identity");
});

Deno.test("in a pod the environment says the kind", async () => {
  const { identity, role: { source } } = await report(associated, POD_IDENTITY_ENVIRONMENT);
  assert.equal(identity.kind, "pod identity");
  assert.equal(source, "by the environment");
});

/** Pods whose VM does not share the token that they have: whether the VM starts, and what preview says. */
const WITHOUT_SHARE: readonly (readonly [
  string,
  Edit,
  Readonly<Record<string, string>>,
  boolean,
  RegExp,
])[] = [
  [
    "Pod Identity and no folder",
    unlabelled,
    POD_IDENTITY_ENVIRONMENT,
    true,
    /The guest gets no role: the pod has its role by EKS Pod Identity, and the VM shares no folder/,
  ],
  [
    "Pod Identity and IRSA's folder",
    labelled("true"),
    POD_IDENTITY_ENVIRONMENT,
    false,
    /KubeVirt finds no folder to share: the pod has its role by EKS Pod Identity, and the VM shares/,
  ],
  [
    "IRSA and Pod Identity's folder",
    associated,
    IRSA_ENVIRONMENT,
    false,
    /KubeVirt finds no folder to share: the pod has its role by IRSA, and the VM shares/,
  ],
];

for (const [name, edit, env, startsVm, failure] of WITHOUT_SHARE) {
  Deno.test(`a pod with ${name}: the VM ${startsVm ? "starts" : "does not start"}`, async () => {
    const { code, stderr } = await preview(edit, env);
    assert.equal(code, 1);
    assert.match(stderr, failure);
    assert.equal(stderr.includes("the VM would not start."), !startsVm);
    assert.match((await report(edit, env)).failure, failure);
  });
}

Deno.test("sysprep prints the script of a VM with Pod Identity, whose account has no annotation", async () => {
  const { code, stdout, stderr } = await runHere({
    args: ["sysprep", "-", "--region", "eu-west-1"],
    stdin: textOf(all(sysprepVm, podIdentity, role(undefined), unattend({}))),
    env: {},
  });
  assert.equal(code, 0, stderr);
  const [, settings = ""] = /^#eks-irsa-settings: (\S+)/m.exec(stdout) ?? [];
  assert.match(atob(settings), /AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE/);
  assert.doesNotMatch(atob(settings), /AWS_ROLE_ARN/);
});

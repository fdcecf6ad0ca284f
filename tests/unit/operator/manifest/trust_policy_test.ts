import assert from "node:assert/strict";
import {
  actionsMissingForPodIdentity,
  isTrustPolicy,
  trustedRole,
  trustStatements,
} from "../../../../src/operator/manifest/trust_policy.ts";
import { manifestsOf } from "./manifests.ts";

const ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/THIS";
const PROVIDER = `arn:aws:iam::111122223333:oidc-provider/${ISSUER}`;
const POLICY = "AssumeRolePolicyDocument";

/** The manifest of a file with one object. */
function manifestOf(object: unknown) {
  const [manifest] = manifestsOf(object);
  assert.ok(manifest !== undefined);
  return manifest;
}

const statement = (change: object = {}) => ({
  Effect: "Allow",
  Principal: { Federated: PROVIDER },
  Action: "sts:AssumeRoleWithWebIdentity",
  ...change,
});

const statementsOf = (object: unknown) => trustStatements(manifestOf(object));

/** The forms of a trust policy: the policy itself, and what the AWS CLI prints; and the path of its statement. */
const FORMS: readonly (readonly [string, object, readonly (string | number)[], string?])[] = [
  ["the policy", { Statement: [statement()] }, ["Statement", 0]],
  ["a policy with one statement", { Statement: statement() }, ["Statement"]],
  ["a policy document", { [POLICY]: { Statement: statement() } }, [POLICY, "Statement"]],
  [
    "what aws iam get-role prints",
    { Role: { Arn: "arn", [POLICY]: { Statement: [statement()] } } },
    ["Role", POLICY, "Statement", 0],
    "arn",
  ],
];

for (const [what, object, path, role] of FORMS) {
  Deno.test(`a trust policy is read from ${what}`, () => {
    const manifest = manifestOf(object);
    assert.ok(isTrustPolicy(manifest));
    assert.equal(trustedRole(manifest), role);
    const providers = [{ account: "111122223333", issuer: ISSUER }];
    assert.deepEqual(trustStatements(manifest), [{ providers, conditions: [], path }]);
  });
}

Deno.test("a Kubernetes object and a file without statements are no trust policy", () => {
  assert.ok(!isTrustPolicy(manifestOf({ kind: "Role", Statement: [] })));
  assert.ok(!isTrustPolicy(manifestOf({ Version: "2012-10-17" })));
  assert.ok(!isTrustPolicy(manifestOf({ Role: { Arn: "arn" } })));
});

/** Statements, and whether they let an OIDC provider's tokens assume the role. */
const STATEMENTS: readonly (readonly [string, unknown, boolean])[] = [
  ["a list of actions", statement({ Action: ["x", "sts:assumerolewithwebidentity"] }), true],
  ["every action of STS", statement({ Action: "sts:*" }), true],
  ["every action", statement({ Action: "*" }), true],
  ["another action", statement({ Action: "sts:AssumeRole" }), false],
  ["an action with more behind it", statement({ Action: "sts:AssumeRoleWithWebIdentity2" }), false],
  ["an action with more before it", statement({ Action: "x:sts:*" }), false],
  ["no action", statement({ Action: undefined }), false],
  ["a refusal", statement({ Effect: "Deny" }), false],
  ["a service", statement({ Principal: { Service: "ec2.amazonaws.com" } }), false],
  ["everyone", statement({ Principal: "*" }), false],
  ["Cognito", statement({ Principal: { Federated: "cognito-identity.amazonaws.com" } }), false],
  ["a short account", statement({ Principal: { Federated: PROVIDER.replace("1111", "") } }), false],
  ["more before the ARN", statement({ Principal: { Federated: `x${PROVIDER}` } }), false],
  [
    "an ARN of China",
    statement({ Principal: { Federated: PROVIDER.replace("aws", "aws-cn") } }),
    true,
  ],
  ["no object", "Allow", false],
];

for (const [what, Statement, isAllowed] of STATEMENTS) {
  Deno.test(`a trust policy with ${what} ${isAllowed ? "lets" : "does not let"} a token in`, () => {
    assert.equal(statementsOf({ Statement }).length, isAllowed ? 1 : 0);
  });
}

Deno.test("of several providers, each is known", () => {
  const Federated = [PROVIDER, "cognito-identity.amazonaws.com", `${PROVIDER}2`, 5];
  const [found] = statementsOf({ Statement: statement({ Principal: { Federated } }) });
  assert.deepEqual(found?.providers.map(({ issuer }) => issuer), [ISSUER, `${ISSUER}2`]);
});

Deno.test("conditions are read with the operator, the issuer, the claim and the values", () => {
  const Condition = {
    StringEquals: { [`${ISSUER}:AUD`]: "sts.amazonaws.com" },
    "ForAnyValue:StringLikeIfExists": { [`${ISSUER}:sub`]: ["a", "b", 5], bare: "c" },
    StringLike: "wrong",
  };
  const [found] = statementsOf({
    Statement: [statement({ Effect: "Deny" }), statement({ Condition })],
  });
  const below = ["Statement", 1, "Condition"];
  assert.deepEqual(found?.conditions, [
    {
      operator: "StringEquals",
      issuer: ISSUER,
      claim: "aud",
      values: ["sts.amazonaws.com"],
      path: [...below, "StringEquals", `${ISSUER}:AUD`],
    },
    {
      operator: "StringLike",
      issuer: ISSUER,
      claim: "sub",
      values: ["a", "b"],
      path: [...below, "ForAnyValue:StringLikeIfExists", `${ISSUER}:sub`],
    },
    {
      operator: "StringLike",
      issuer: "",
      claim: "bare",
      values: ["c"],
      path: [...below, "ForAnyValue:StringLikeIfExists", "bare"],
    },
  ]);
});

/** What a policy allows to EKS Pod Identity, and what is missing. */
const POD_IDENTITY: readonly (readonly [unknown, readonly string[]])[] = [
  [["sts:AssumeRole", "sts:TagSession"], []],
  [["STS:assumerole", "sts:tagsession"], []],
  ["sts:*", []],
  ["STS:*", []],
  ["*", []],
  ["sts:AssumeRole", ["sts:TagSession"]],
  [["sts:TagSession", 5], ["sts:AssumeRole"]],
  [[], ["sts:AssumeRole", "sts:TagSession"]],
];

for (const [Action, missing] of POD_IDENTITY) {
  Deno.test(`a policy that allows ${JSON.stringify(Action)} to EKS Pod Identity lacks ${missing.join() || "nothing"}`, () => {
    const of = (Principal: unknown, Effect = "Allow") =>
      actionsMissingForPodIdentity(manifestOf({ Statement: [{ Effect, Principal, Action }] }));
    assert.deepEqual(of({ Service: "pods.eks.amazonaws.com" }), missing);
    assert.deepEqual(of({ Service: ["x", "pods.eks.amazonaws.com"] }), missing);
    const all = ["sts:AssumeRole", "sts:TagSession"];
    assert.deepEqual(of({ Service: "ec2.amazonaws.com" }), all);
    assert.deepEqual(of({ Service: "pods.eks.amazonaws.com" }, "Deny"), all);
  });
}

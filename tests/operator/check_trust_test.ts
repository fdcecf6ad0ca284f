import assert from "node:assert/strict";
import { role, spec, trustPolicy } from "./check_case.ts";
import { ISSUER, policy, statement, testTrust, type TrustCase } from "./check_trust_policies.ts";
import { all, beside, type Edit } from "./edit.ts";
import { findingsOf } from "./findings.ts";

const SUBJECT = "system:serviceaccount:team:app";

const subject = (operator: string, ...values: string[]) =>
  policy(statement({ [operator]: { [`${ISSUER}:sub`]: values } }));
const ofRole = (arn: string, document: unknown) =>
  beside({ Role: { Arn: arn, AssumeRolePolicyDocument: document } });
const authentication = (
  serviceAccountIssuer: string,
  apiVersion = "config.openshift.io/v1",
) =>
  beside({
    apiVersion,
    kind: "Authentication",
    metadata: { name: "cluster" },
    spec: { serviceAccountIssuer },
  });
const noNamespace: Edit = ({ vm, serviceAccount }) => {
  vm.metadata.namespace = undefined;
  serviceAccount.metadata.namespace = undefined;
};
const WRONG = trustPolicy({ subject: "system:serviceaccount:team:other" });

/** Trust policies that name an issuer, an account and a service account. */
const TRUST: readonly TrustCase[] = [
  ["the subject", subject("StringEquals", SUBJECT), undefined],
  [
    "one of several subjects",
    subject("StringEquals", "system:serviceaccount:a:b", SUBJECT),
    undefined,
  ],
  [
    "a subject in other letters",
    subject("StringEquals", SUBJECT.toUpperCase()),
    "trust-policy-subject",
  ],
  ["a subject in any letters", subject("StringEqualsIgnoreCase", SUBJECT.toUpperCase()), undefined],
  [
    "another subject in any letters",
    subject("StringEqualsIgnoreCase", `${SUBJECT}s`),
    "trust-policy-subject",
  ],
  ["a pattern", subject("StringLike", "system:*:te?m:a*"), undefined],
  [
    "a pattern with a point",
    all(
      spec((s) => s.volumes[1] = { name: "sa", serviceAccount: { serviceAccountName: "app.v1" } }),
      ({ serviceAccount }) => serviceAccount.metadata.name = "app.v1",
      subject("StringLike", `${SUBJECT}.v?`),
    ),
    undefined,
  ],
  [
    "a pattern whose point is another letter",
    all(
      spec((s) => s.volumes[1] = { name: "sa", serviceAccount: { serviceAccountName: "app-v1" } }),
      ({ serviceAccount }) => serviceAccount.metadata.name = "app-v1",
      subject("StringLike", `${SUBJECT}.v?`),
    ),
    "trust-policy-subject",
  ],
  ["a pattern of all", subject("StringLike", "*"), undefined],
  ["a pattern without a sign", subject("StringLike", SUBJECT), undefined],
  [
    "a pattern that is too short",
    subject("StringLike", "serviceaccount:team:app"),
    "trust-policy-subject",
  ],
  [
    "a pattern that ends too early",
    subject("StringLike", "system:serviceaccount:team:a"),
    "trust-policy-subject",
  ],
  ["a pattern whose ? is nothing", subject("StringLike", `${SUBJECT}?`), "trust-policy-subject"],
  [
    "a pattern with the signs of others",
    subject("StringLike", "system:serviceaccount:team:.+"),
    "trust-policy-subject",
  ],
  ["an operator that is not compared", subject("StringNotEquals", "x"), undefined],
  [
    "a claim that is not compared",
    policy(statement({ StringEquals: { [`${ISSUER}:amr`]: "x" } })),
    undefined,
  ],
  ["no condition", policy(statement({})), undefined],
  [
    "a second statement that fits",
    policy(...WRONG.Statement, statement({})),
    undefined,
  ],
  [
    "two statements, of which the second has fewer mistakes",
    policy(
      statement({ StringEquals: { [`${ISSUER}:sub`]: "x", [`${ISSUER}:aud`]: "x" } }),
      statement({ StringEquals: { [`${ISSUER}:sub`]: "y" } }),
    ),
    "trust-policy-subject Statement[1].Condition",
    /lets y assume/,
  ],
  ["no statement", policy(), "trust-policy-issuer Statement:", /no OIDC provider/],
  [
    "keys of another issuer: once",
    policy(statement({ StringEquals: { "other:sub": SUBJECT, "other:aud": "sts.amazonaws.com" } })),
    'trust-policy-issuer Statement[0].Condition.StringEquals["other:sub"]',
    /trusts oidc\.eks\.us-east-1\.amazonaws\.com\/id\/THIS, and the issuer here is other/,
  ],
  [
    "one of several providers",
    policy(statement({ StringEquals: { [`${ISSUER}:sub`]: SUBJECT } }, ["other", ISSUER])),
    undefined,
  ],
  [
    "the cluster's issuer",
    all(authentication(`https://${ISSUER}`), subject("StringEquals", SUBJECT)),
    undefined,
  ],
  [
    "another issuer than the cluster's",
    all(authentication("https://https.example"), subject("StringEquals", SUBJECT)),
    "trust-policy-issuer Statement[0]:",
    /and the issuer here is https\.example\./,
  ],
  [
    "another issuer than the cluster's, and keys of a third",
    all(
      authentication("https://this.example"),
      policy(statement({ StringEquals: { "third:sub": "x" } })),
    ),
    "trust-policy-issuer Statement[0]:",
  ],
  [
    "an Authentication of another group",
    all(
      authentication("https://other.example", "example.com/v1"),
      subject("StringEquals", SUBJECT),
    ),
    undefined,
  ],
  [
    "an Authentication without an issuer",
    all(authentication(""), subject("StringEquals", SUBJECT)),
    undefined,
  ],
  [
    "another account",
    policy(statement({}, [ISSUER], "999999999999")),
    "trust-policy-issuer Statement[0]:",
    /in the account 111122223333, and its OIDC provider in the account 999999999999/,
  ],
  [
    "another account, and a role without one",
    all(role("app"), policy(statement({}, [ISSUER], "999999999999"))),
    undefined,
  ],
  [
    "the policy of another role",
    ofRole("arn:aws:iam::111122223333:role/other", WRONG),
    undefined,
  ],
  [
    "the policy of this role",
    ofRole("arn:aws:iam::111122223333:role/app", WRONG),
    "trust-policy-subject Role.AssumeRolePolicyDocument.Statement[0].Condition",
  ],
  [
    "the policy of a role, and no role of the account",
    all(role(undefined), ofRole("arn:aws:iam::111122223333:role/other", WRONG)),
    "trust-policy-subject",
  ],
  [
    "a VM without a namespace: that of the policy",
    all(noNamespace, subject("StringEquals", "system:serviceaccount:any:app")),
    undefined,
  ],
  [
    "a VM without a namespace, and a pattern",
    all(noNamespace, subject("StringEquals", "x")),
    "trust-policy-subject",
    /and not system:serviceaccount:default:app/,
  ],
];

testTrust(TRUST);

Deno.test("another account and another issuer are two mistakes", () => {
  const edit = policy(
    statement({ StringEquals: { "third:sub": "x", "third:aud": "x" } }, [ISSUER], "999999999999"),
  );
  assert.deepEqual(findingsOf(edit).map(({ what }) => what.replace(/ .*/, "")), ["The", "The"]);
  assert.match(
    findingsOf(edit).map(({ what }) => what).join(),
    /issuer here is third.*account 9{12}/,
  );
});

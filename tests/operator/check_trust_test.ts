import assert from "node:assert/strict";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { role, spec, trustPolicy } from "./check_case.ts";
import { all, beside, type Edit } from "./edit.ts";
import { checked, findingsOf } from "./findings.ts";

const ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/THIS";
const SUBJECT = "system:serviceaccount:team:app";

/** A statement that lets the account's provider assume the role under some conditions. */
const statement = (
  condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  providers: readonly string[] = [ISSUER],
  account = "111122223333",
) => ({
  Effect: "Allow",
  Principal: {
    Federated: providers.map((issuer) => `arn:aws:iam::${account}:oidc-provider/${issuer}`),
  },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: condition,
});
const policy = (...statements: readonly unknown[]) =>
  beside({ Version: "2012-10-17", Statement: statements });
const subject = (operator: string, ...values: string[]) =>
  policy(statement({ [operator]: { [`${ISSUER}:sub`]: values } }));
const audience = (issuer: string, value: string) =>
  policy(statement({ StringEquals: { [`${issuer}:aud`]: value } }, [issuer]));
const ofRole = (arn: string, document: unknown) =>
  beside({ Role: { Arn: arn, AssumeRolePolicyDocument: document } });
const authentication = (serviceAccountIssuer: string, apiVersion = "config.openshift.io/v1") =>
  beside({
    apiVersion,
    kind: "Authentication",
    metadata: { name: "cluster" },
    spec: { serviceAccountIssuer },
  });
const infrastructure = (controlPlaneTopology: string, apiVersion = "config.openshift.io/v1") =>
  beside({
    apiVersion,
    kind: "Infrastructure",
    metadata: { name: "cluster" },
    status: { controlPlaneTopology },
  });
const deployment = (name: string, ...containers: readonly unknown[]) =>
  beside({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { template: { spec: { containers } } },
  });
const audienceAnnotation: Edit = ({ serviceAccount }) =>
  serviceAccount.metadata.annotations["eks.amazonaws.com/audience"] = "annotated";
const noNamespace: Edit = ({ vm, serviceAccount }) => {
  vm.metadata.namespace = undefined;
  serviceAccount.metadata.namespace = undefined;
};
const WRONG = trustPolicy({ subject: "system:serviceaccount:team:other" });
const OTHER_ISSUER = "oidc.example.com/other";

/** Trust policies, and what is found: the code, the place, and words. */
const TRUST: readonly (readonly [string, Edit, string | undefined, ...RegExp[]])[] = [
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

  // The audience.
  ["EKS's audience", audience(ISSUER, "sts.amazonaws.com"), undefined],
  [
    "EKS's issuer in the new form",
    audience("oidc-eks.us-east-1.api.aws/id/A", "sts.amazonaws.com"),
    undefined,
  ],
  [
    "another audience on EKS",
    audience(ISSUER, "x"),
    "token-audience",
    /token has sts\.amazonaws\.com/,
  ],
  ["any audience elsewhere", audience(OTHER_ISSUER, "x"), undefined],
  ["an issuer that looks like EKS's", audience("my-oidc.eks.example", "x"), undefined],
  [
    "the annotation's audience",
    all(audienceAnnotation, audience(OTHER_ISSUER, "annotated")),
    undefined,
  ],
  [
    "another than the annotation's",
    all(audienceAnnotation, audience(OTHER_ISSUER, "x")),
    "token-audience",
    /token has annotated/,
  ],
  [
    "another than the annotation's of an account without a role",
    all(role(undefined), audienceAnnotation, audience(OTHER_ISSUER, "x")),
    "token-audience",
    /token has annotated/,
  ],
  ...([
    [{ command: ["/webhook", "--token-audience=flag", "--other"] }, /token has flag/],
    [{ args: ["--a=--token-audience=no", "--token-audience=flag"] }, /token has flag/],
    [{ command: ["/webhook"], args: [1, "--port=1"] }, /token has sts\.amazonaws\.com/],
    [{}, /token has sts\.amazonaws\.com/],
  ] as const).map(([container, words]) =>
    [
      `another than that of the webhook's container ${JSON.stringify(container)}`,
      all(
        deployment("pod-identity-webhook", { args: ["first"] }, container),
        audience(OTHER_ISSUER, "x"),
      ),
      "token-audience",
      words,
    ] as const
  ),
  [
    "another than the audience in the webhook's ConfigMap",
    all(
      role(undefined),
      beside({
        kind: "ConfigMap",
        metadata: { name: "pod-identity-webhook", namespace: "kube-system" },
        data: {
          config: JSON.stringify({
            "team/app": { RoleARN: "arn:aws:iam::111122223333:role/app", Audience: "mapped" },
          }),
        },
      }),
      audience(OTHER_ISSUER, "x"),
    ),
    "token-audience",
    /token has mapped/,
  ],
  [
    "any audience, and no service account given",
    all(({ serviceAccount }) => serviceAccount.kind = "", audience(OTHER_ISSUER, "x")),
    undefined,
  ],
  [
    "any audience, and the webhook's Service",
    all(
      beside({ kind: "Service", metadata: { name: "pod-identity-webhook" } }),
      audience(OTHER_ISSUER, "x"),
    ),
    undefined,
  ],
  [
    "any audience, and another object of OpenShift",
    all(
      beside({
        apiVersion: "config.openshift.io/v1",
        kind: "OAuth",
        spec: { serviceAccountIssuer: "x" },
      }),
      audience(OTHER_ISSUER, "x"),
    ),
    undefined,
  ],
  [
    "the Deployment of another program",
    all(deployment("other", { args: ["--token-audience=flag"] }), audience(OTHER_ISSUER, "x")),
    undefined,
  ],
  [
    "another than that of hosted OpenShift",
    all(infrastructure("External"), audience(OTHER_ISSUER, "x")),
    "token-audience",
    /token has openshift/,
  ],
  [
    "another than that of OpenShift",
    all(infrastructure("HighlyAvailable"), audience(OTHER_ISSUER, "x")),
    "token-audience",
    /token has sts\.amazonaws\.com/,
  ],
  [
    "an Infrastructure of another group",
    all(
      infrastructure("External", "infrastructure.cluster.x-k8s.io/v1"),
      audience(OTHER_ISSUER, "x"),
    ),
    undefined,
  ],
];

const CODES = ["trust-policy-issuer", "trust-policy-subject", "token-audience"];

for (const [what, edit, found, ...words] of TRUST) {
  Deno.test(`a trust policy with ${what}: ${found ?? "nothing wrong"}`, () => {
    const texts = findingsOf(edit).filter(({ code }) => CODES.includes(code))
      .map(({ code, path, what }) => `${code} ${formatPath(path)}: ${what}`);
    assert.equal(texts.length, found === undefined ? 0 : 1, texts.join("\n"));
    assert.ok(texts.every((text) => text.startsWith(found ?? "")), texts.join());
    for (const word of words) assert.match(texts.join(), word);
  });
}

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

Deno.test("check says that it does not know the token's audience, once for each", () => {
  const unknown = (edit: Edit) =>
    checked(edit).flatMap(({ context }) => notChecked(context))
      .filter((sentence) => sentence.includes("--token-audience"));
  assert.match(
    unknown(
      all(audience(OTHER_ISSUER, "x"), audience(OTHER_ISSUER, "y"), audience(OTHER_ISSUER, "x")),
    ).join(),
    /asks for x, y\. Say it/,
  );
  assert.deepEqual(unknown(audience(ISSUER, "sts.amazonaws.com")), []);
  assert.deepEqual(unknown(policy()), []);
});

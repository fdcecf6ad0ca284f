import assert from "node:assert/strict";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { role } from "./check_case.ts";
import { ISSUER, policy, statement, testTrust, type TrustCase } from "./check_trust_policies.ts";
import { all, beside, type Edit } from "./edit.ts";
import { checked } from "./findings.ts";

const OTHER_ISSUER = "oidc.example.com/other";

const audience = (issuer: string, value: string) =>
  policy(statement({ StringEquals: { [`${issuer}:aud`]: value } }, [issuer]));
const infrastructure = (
  controlPlaneTopology: string,
  apiVersion = "config.openshift.io/v1",
) =>
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

/** Trust policies that ask for an audience. */
const AUDIENCES: readonly TrustCase[] = [
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

testTrust(AUDIENCES);

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

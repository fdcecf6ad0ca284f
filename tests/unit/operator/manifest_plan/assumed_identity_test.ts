import assert from "node:assert/strict";
import {
  assumedIdentity,
  type IdentitySources,
} from "../../../../src/operator/manifest_plan/assumed_identity.ts";
import { POD_IDENTITY_ENVIRONMENT } from "../../../support/pod_identity.ts";
import { manifestsOf } from "../manifest/manifests.ts";

const TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";
const IRSA = {
  AWS_ROLE_ARN: "arn:pod",
  AWS_REGION: "eu-central-1",
  AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN,
};
const EXAMPLE = "arn:aws:iam::111122223333:role/example";

const assumed = (sources: Partial<IdentitySources> = {}) =>
  assumedIdentity({ environment: {}, ...sources });

/** The variables of an assumed identity. */
const variables = (sources?: Partial<IdentitySources>) =>
  Object.fromEntries(assumed(sources).identity.variables);

/** The service account app, with a role by its annotation or by a ConfigMap; or without one. */
function accountWith(kind: "ServiceAccount" | "ConfigMap" | undefined) {
  const [manifest] = manifestsOf({ kind, metadata: { name: "object" } });
  assert.ok(manifest !== undefined);
  const role = { arn: "arn:account", audience: undefined, manifest, path: [] };
  return { name: "app", role: kind && role };
}

Deno.test("without anything known, EKS's variables for IRSA are assumed, with an example of a role", () => {
  assert.deepEqual(variables(), {
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_REGION: "us-east-1",
    AWS_ROLE_ARN: EXAMPLE,
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN,
  });
  const { hasRole, roleArn, source, regionSource } = assumed();
  assert.deepEqual([hasRole, roleArn], [true, EXAMPLE]);
  assert.equal(source, "an example: set it with --role-arn");
  assert.match(regionSource, /^an example: .*set it here with --region$/);
});

Deno.test("a pod with EKS Pod Identity has the agent's variables, and no role that anyone here knows", () => {
  assert.deepEqual(variables({ kind: "pod identity" }), {
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE:
      "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_REGION: "us-east-1",
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
  });
  const { hasRole, roleArn, source } = assumed({ kind: "pod identity" });
  assert.deepEqual([hasRole, roleArn], [true, undefined]);
  assert.match(source, /^by the service account's association, which is in EKS's API/);
});

Deno.test("the flags name the role, the region and the token's file", () => {
  const flags = { roleArn: "arn:flag", region: "eu-west-1", tokenFile: "/token/file" };
  const { hasRole, identity, roleArn, source, regionSource } = assumed(flags);
  assert.ok(hasRole);
  assert.deepEqual([roleArn, source, regionSource], ["arn:flag", "by --role-arn", "by --region"]);
  assert.deepEqual([identity.tokenFolder, identity.tokenName], ["/token", "file"]);
  const { AWS_DEFAULT_REGION, AWS_REGION, AWS_ROLE_ARN } = variables(flags);
  assert.deepEqual([AWS_DEFAULT_REGION, AWS_REGION, AWS_ROLE_ARN], [
    "eu-west-1",
    "eu-west-1",
    "arn:flag",
  ]);
});

Deno.test("the role of a flag is no variable of a pod with EKS Pod Identity", () => {
  const sources = { kind: "pod identity", roleArn: "arn:flag" } as const;
  assert.equal(assumed(sources).roleArn, "arn:flag");
  assert.equal(variables(sources).AWS_ROLE_ARN, undefined);
});

Deno.test("in a pod, its own variables count, and the flags override them", () => {
  const environment = { ...IRSA, HOME: "/root" };
  const { hasRole, roleArn, source, regionSource } = assumed({
    environment,
    kind: "pod identity",
    serviceAccount: accountWith(undefined),
  });
  assert.deepEqual([hasRole, roleArn, source, regionSource], [
    true,
    "arn:pod",
    "by the environment",
    "by the environment",
  ]);
  assert.deepEqual(variables({ environment }), IRSA);
  assert.deepEqual(variables({ environment, roleArn: "arn:flag", region: "eu-west-1" }), {
    ...IRSA,
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_REGION: "eu-west-1",
    AWS_ROLE_ARN: "arn:flag",
  });
});

Deno.test("in a pod with EKS Pod Identity, the kind is that of the pod", () => {
  const { identity, roleArn } = assumed({ environment: POD_IDENTITY_ENVIRONMENT });
  assert.deepEqual([identity.kind, roleArn], ["pod identity", undefined]);
});

/** What is known of the service account, and the role with its source. */
const ACCOUNTS:
  readonly (readonly ["ServiceAccount" | "ConfigMap" | undefined, boolean, string, string])[] = [
    ["ServiceAccount", true, "arn:account", "by the annotation of the service account app"],
    ["ConfigMap", true, "arn:account", "by the ConfigMap object"],
    [
      undefined,
      false,
      EXAMPLE,
      "the service account app has no annotation eks.amazonaws.com/role-arn",
    ],
  ];

for (const [kind, isKnown, arn, text] of ACCOUNTS) {
  Deno.test(`the role of a service account with a role by ${kind ?? "nothing"}`, () => {
    const serviceAccount = accountWith(kind);
    const { hasRole, roleArn, source } = assumed({ serviceAccount });
    assert.deepEqual([hasRole, roleArn, source], [isKnown, arn, text]);
    assert.equal(variables({ serviceAccount }).AWS_ROLE_ARN, arn);
    assert.equal(assumed({ serviceAccount, roleArn: "arn:flag" }).roleArn, "arn:flag");
  });
}

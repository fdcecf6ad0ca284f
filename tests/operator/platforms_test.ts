import assert from "node:assert/strict";
import { checkManifests } from "../../src/operator/check/check.ts";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { parseManifests } from "../../src/operator/manifest/parse.ts";
import { repositoryPath } from "../support/paths.ts";

/** A change of the text of a VM's and a cluster's manifests. */
type Change = (text: string) => string;

const replace = (from: string, to: string): Change => (text) => {
  assert.ok(text.includes(from), `${from} is in the manifests`);
  return text.replaceAll(from, to);
};

const ROLE_ANNOTATION =
  "  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app\n";

/** The platforms, and what their owners change in a VM that is right elsewhere. */
const PLATFORMS: Readonly<Record<string, Change>> = {
  "openshift": (text) => text,
  "rosa-hosted": (text) => text,
  "eks-anywhere": (text) => text,
  "kops": replace(ROLE_ANNOTATION, ""),
};

/** A mistake on a platform, the code of its finding, and words of its fix or its text. */
const MISTAKES: readonly (readonly [string, string, Change, string, RegExp])[] = [
  [
    "openshift",
    "a namespace that the webhook leaves out",
    replace("    pod-security", '    openshift.io/run-level: "0"\n    pod-security'),
    "identity-webhook-missing",
    /leave the VM's pod out/,
  ],
  [
    "openshift",
    "the gate of containerPath volumes off",
    replace("containerPathVolumes: true", "containerPathVolumes: false"),
    "gate-container-path",
    /spec\.featureGates\.containerPathVolumes: true in the HyperConverged object/,
  ],
  [
    "openshift",
    "the gate Sidecar off",
    replace('"value": "Sidecar"', '"value": "CPUManager"'),
    "gate-sidecar",
    /kubevirt\.kubevirt\.io\/jsonpatch: \[\{"op":"add".*"Sidecar"\}\]/,
  ],
  [
    "openshift",
    "an operator whose KubeVirt is too old for spec.serviceAccountName",
    replace("version: 1.19.0", "version: 1.18.3"),
    "service-account-field",
    /came with 1\.9/,
  ],
  [
    "openshift",
    "the trust policy of another cluster",
    replace(
      "oidc-provider/cluster-oidc.s3.us-east-1.amazonaws.com",
      "oidc-provider/other.example",
    ),
    "trust-policy-issuer",
    /trusts other\.example/,
  ],
  [
    "openshift",
    "the OIDC provider of another account",
    replace("111122223333:oidc-provider", "444455556666:oidc-provider"),
    "trust-policy-issuer",
    /Create the OIDC provider in the account 111122223333/,
  ],
  [
    "rosa-hosted",
    "the audience of EKS",
    replace("oidc.example/23abc:aud: openshift", "oidc.example/23abc:aud: sts.amazonaws.com"),
    "token-audience",
    /the token has openshift/,
  ],
  [
    "rosa-hosted",
    "a * that StringEquals does not know",
    replace("openshift\n          StringLike:\n", "openshift\n"),
    "trust-policy-subject",
    /use StringLike/,
  ],
  [
    "rosa-hosted",
    "the gate Sidecar off in the KubeVirt object",
    replace(
      "featureGates: [ContainerPathVolumes, Sidecar]",
      "featureGates: [ContainerPathVolumes]",
    ),
    "gate-sidecar",
    /undoes changes of the KubeVirt object/,
  ],
  [
    "eks-anywhere",
    "a VM whose label keeps the webhook away",
    replace(
      "    metadata:\n      annotations:\n        hooks",
      '    metadata:\n      labels: {eks.amazonaws.com/skip-pod-identity-webhook: ""}\n      annotations:\n        hooks',
    ),
    "identity-webhook-missing",
    /leave the VM's pod out/,
  ],
  [
    "eks-anywhere",
    "another audience in the webhook's flags",
    replace("--token-audience=sts.amazonaws.com", "--token-audience=anywhere"),
    "token-audience",
    /the token has anywhere/,
  ],
  [
    "eks-anywhere",
    "another namespace in the trust policy",
    replace("system:serviceaccount:team:app", "system:serviceaccount:default:app"),
    "trust-policy-subject",
    /Write system:serviceaccount:team:app into/,
  ],
  [
    "kops",
    "a service account that the ConfigMap does not name",
    replace('"team/app"', '"team/other"'),
    "role-arn-missing",
    /the ConfigMap pod-identity-webhook does not name it/,
  ],
  [
    "kops",
    "the audience of EKS in the trust policy",
    replace(
      "discovery.example/cluster:aud: amazonaws.com",
      "discovery.example/cluster:aud: sts.amazonaws.com",
    ),
    "token-audience",
    /the token has amazonaws\.com/,
  ],
  [
    "kops",
    "a role that is no ARN",
    replace("arn:aws:iam::111122223333:role/app.team", "role/app.team"),
    "role-arn-malformed",
    /The role in the ConfigMap pod-identity-webhook/,
  ],
];

function textOf(name: string): string {
  return Deno.readTextFileSync(repositoryPath(`tests/operator/manifests/platforms/${name}.yaml`));
}

function checked(platform: string, change: Change = (text) => text) {
  const ownersChange = PLATFORMS[platform] ?? ((text) => text);
  const text = change(ownersChange(`${textOf("vm")}\n---\n${textOf(platform)}`));
  const [result] = checkManifests(parseManifests(text, "all.yaml"), ["all.yaml"]);
  assert.ok(result);
  return result;
}

for (const platform of Object.keys(PLATFORMS)) {
  Deno.test(`check finds nothing wrong with a VM on ${platform}`, () => {
    assert.deepEqual(checked(platform).findings, []);
  });
}

for (const [platform, mistake, change, code, words] of MISTAKES) {
  Deno.test(`check finds on ${platform}: ${mistake}`, () => {
    const { findings } = checked(platform, change);
    assert.deepEqual([...new Set(findings.map((finding) => finding.code))], [code]);
    assert.match(findings.map(({ what, fix }) => `${what} ${fix}`).join("\n"), words);
  });
}

Deno.test("on a kOps cluster whose ConfigMap is not given, the finding names it", () => {
  const { findings } = checked("kops", replace("kind: ConfigMap", "kind: Other"));
  assert.deepEqual(findings.map(({ code }) => code), ["role-arn-missing"]);
  assert.match(findings[0]?.fix ?? "", /kOps, add that ConfigMap/);
});

Deno.test("a namespace may be any in the webhook's ConfigMap", () => {
  assert.deepEqual(checked("kops", replace('"team/app"', '"*/app"')).findings, []);
});

Deno.test("check says that it does not know the version of a vendor's KubeVirt", () => {
  assert.match(
    notChecked(checked("rosa-hosted").context).join("\n"),
    /The version v4\.21\.0-77 is not one of KubeVirt's releases/,
  );
});

Deno.test("check says that it does not know the audience of a cluster that nothing describes", () => {
  const { context, findings } = checked(
    "rosa-hosted",
    replace("kind: Infrastructure", "kind: Other"),
  );
  assert.deepEqual(findings, []);
  assert.match(notChecked(context).join("\n"), /asks for openshift\. Say it with --token-audience/);
});

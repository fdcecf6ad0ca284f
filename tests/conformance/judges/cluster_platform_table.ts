import type { WebhookOptions } from "../../../src/operator/check/check_context.ts";
import { TOKEN_FOLDER } from "../../support/admission_cases.ts";
import type { IdentityWebhook } from "../cluster/identity_webhook.ts";

/** The token that the pod has. */
export interface Token {
  readonly audience: string;
  readonly expirationSeconds: number;
  readonly folder: string;
}

/** A VM on a platform, and what its pod and its guest have to have. */
export interface Platform {
  /** Also the namespace's name. */
  readonly name: string;
  readonly what: string;
  /** Undefined: that of EKS. */
  readonly webhook: IdentityWebhook | undefined;
  /** Manifests of tests/operator/manifests/platforms, without their ending. */
  readonly files: readonly string[];
  /** What the owner of the VM changes in them. */
  readonly change: (text: string) => string;
  readonly checkOptions: WebhookOptions;
  /** The codes of what check finds. */
  readonly findings: readonly string[];
  /** The AWS_ variables of the sidecar's container. */
  readonly variables: Readonly<Record<string, string>>;
  readonly token: Token | undefined;
  /** Whether a sidecar is started with them, which takes seconds: the others are only read as a sidecar reads them. */
  readonly startsSidecar: boolean;
}

const ROLE = "arn:aws:iam::111122223333:role/app";
const EKS_REGION = "eu-central-1";
const OTHER_FOLDER = "/var/run/secrets/example/serviceaccount";

const token = (audience = "sts.amazonaws.com", folder = TOKEN_FOLDER): Token => ({
  audience,
  expirationSeconds: 86_400,
  folder,
});
const identity = (role = ROLE, folder = TOKEN_FOLDER) => ({
  AWS_ROLE_ARN: role,
  AWS_WEB_IDENTITY_TOKEN_FILE: `${folder}/token`,
});
const region = (name: string) => ({ AWS_DEFAULT_REGION: name, AWS_REGION: name });
const regional = { AWS_STS_REGIONAL_ENDPOINTS: "regional" };

const replace = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new Error(`The manifests do not have: ${from}`);
  return text.replaceAll(from, to);
};
/** Other annotations of the service account. */
const annotated = (lines: string) =>
  replace("    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app\n", lines);
/** More metadata of the VM's template. */
const templateMetadata = (lines: string) =>
  replace("    metadata:\n      annotations:\n", `    metadata:\n${lines}`);

/** A VM under EKS's webhook, which is right. */
const ON_EKS = {
  webhook: undefined,
  files: ["vm"],
  change: (text: string) => text,
  checkOptions: { tokenAudience: undefined, tokenFile: undefined },
  findings: [],
  variables: { ...identity(), ...region(EKS_REGION), ...regional },
  token: token(),
  startsSidecar: false,
};

export const PLATFORMS: readonly Platform[] = [
  { ...ON_EKS, name: "eks", what: "EKS" },
  {
    ...ON_EKS,
    name: "openshift",
    what: "OpenShift on AWS",
    webhook: {
      name: "openshift",
      flags: ["--aws-default-region=us-east-1", "--token-audience=sts.amazonaws.com"],
    },
    files: ["vm", "openshift"],
    variables: { ...identity(), ...region("us-east-1") },
  },
  {
    ...ON_EKS,
    name: "rosa-hosted",
    what: "ROSA with hosted control planes: the audience is openshift",
    webhook: {
      name: "rosa-hosted",
      flags: ["--aws-default-region=us-east-1", "--token-audience=openshift"],
    },
    files: ["vm", "rosa-hosted"],
    variables: { ...identity(), ...region("us-east-1") },
    token: token("openshift"),
  },
  {
    ...ON_EKS,
    name: "eks-anywhere",
    startsSidecar: true,
    what: "EKS Anywhere: no region",
    webhook: { name: "eks-anywhere", flags: ["--token-audience=sts.amazonaws.com"] },
    files: ["vm", "eks-anywhere"],
    variables: identity(),
  },
  {
    ...ON_EKS,
    name: "kops",
    what: "kOps: the role is in the ConfigMap, and the audience is amazonaws.com",
    webhook: {
      name: "kops",
      flags: [
        "--token-audience=amazonaws.com",
        "--watch-config-map",
        "--sts-regional-endpoint",
        `--aws-default-region=${EKS_REGION}`,
      ],
      configMap: JSON.stringify({
        "kops/app": {
          RoleARN: "arn:aws:iam::111122223333:role/app.kops.sa.cluster.example",
          Audience: "amazonaws.com",
          UseRegionalSTS: true,
        },
      }),
    },
    files: ["vm", "kops"],
    change: replace(
      "  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/app\n",
      "",
    ),
    variables: {
      ...identity("arn:aws:iam::111122223333:role/app.kops.sa.cluster.example"),
      ...region(EKS_REGION),
      ...regional,
    },
    token: token("amazonaws.com"),
  },
  {
    ...ON_EKS,
    name: "token-mount-path",
    startsSidecar: true,
    what: "--token-mount-path: the VM names that folder, and check is told of it",
    webhook: {
      name: "token-mount-path",
      flags: [`--token-mount-path=${OTHER_FOLDER}`, `--aws-default-region=${EKS_REGION}`],
    },
    change: replace(TOKEN_FOLDER, OTHER_FOLDER),
    checkOptions: { tokenAudience: undefined, tokenFile: `${OTHER_FOLDER}/token` },
    variables: { ...identity(ROLE, OTHER_FOLDER), ...region(EKS_REGION) },
    token: token("sts.amazonaws.com", OTHER_FOLDER),
  },
  {
    ...ON_EKS,
    name: "annotation-prefix",
    what: "--annotation-prefix: the role is found, and check does not know the annotation",
    webhook: { name: "annotation-prefix", flags: ["--annotation-prefix=irsa.example"] },
    change: replace("eks.amazonaws.com/role-arn", "irsa.example/role-arn"),
    findings: ["role-arn-missing"],
    variables: identity(),
  },
  {
    ...ON_EKS,
    name: "compose-role-arn",
    what: "--compose-role-arn: the annotation is the role's name",
    webhook: { name: "compose-role-arn", flags: ["--compose-role-arn"] },
    change: replace("role-arn: arn:aws:iam::111122223333:role/app", "role-arn: app"),
    findings: ["role-name-only"],
    variables: identity(),
  },
  {
    ...ON_EKS,
    name: "account-annotations",
    what: "the annotations audience, sts-regional-endpoints and token-expiration of an account",
    change: annotated(
      `    eks.amazonaws.com/role-arn: ${ROLE}\n` +
        "    eks.amazonaws.com/audience: other.example\n" +
        '    eks.amazonaws.com/sts-regional-endpoints: "false"\n' +
        '    eks.amazonaws.com/token-expiration: "3600"\n',
    ),
    variables: { ...identity(), ...region(EKS_REGION) },
    token: { ...token("other.example"), expirationSeconds: 3_600 },
  },
  {
    ...ON_EKS,
    name: "pod-left-out",
    what: "the label skip-pod-identity-webhook leaves the pod out, whatever its value",
    change: templateMetadata(
      '      labels: { eks.amazonaws.com/skip-pod-identity-webhook: "" }\n      annotations:\n',
    ),
    findings: ["webhook-skips-pod"],
    variables: {},
    token: undefined,
  },
  {
    ...ON_EKS,
    name: "sidecar-left-out",
    what: "the annotation skip-containers leaves the sidecar out",
    change: templateMetadata(
      "      annotations:\n        eks.amazonaws.com/skip-containers: hook-sidecar-0\n",
    ),
    findings: ["webhook-skips-container"],
    variables: {},
  },
  {
    ...ON_EKS,
    name: "other-left-out",
    what: "the annotation skip-containers leaves another container out",
    change: templateMetadata(
      "      annotations:\n        eks.amazonaws.com/skip-containers: guest-console-log\n",
    ),
  },
];

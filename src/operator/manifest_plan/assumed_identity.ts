import { captureIdentity, type Identity } from "../../identity/identity.ts";
import type { AccountRole } from "../manifest/account_role.ts";
import { ROLE_ANNOTATION } from "../manifest/service_account.ts";

/** Where the pod identity webhook mounts the token by default (aws/amazon-eks-pod-identity-webhook). */
export const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

const TOKEN_FILE = `${TOKEN_FOLDER}/token`;

const EXAMPLE_ROLE = "arn:aws:iam::111122223333:role/example";
const EXAMPLE_REGION = "us-east-1";

/** The identity that a plan is made with. */
export interface AssumedIdentity {
  /** What the pod would have if its service account had a role. */
  readonly identity: Identity;
  /** Whether the service account has a role, or is unknown. */
  readonly hasRole: boolean;
  /** Where the role is from, for people. */
  readonly source: string;
  /** Where the region is from, for people. */
  readonly regionSource: string;
}

/** What is known of the identity. */
export interface IdentitySources {
  readonly environment: Readonly<Record<string, string>>;
  /** From the command line: overrides all else. */
  readonly roleArn?: string | undefined;
  /** From the command line: overrides all else. */
  readonly region?: string | undefined;
  /** From the command line: the token's file in the pod. */
  readonly tokenFile?: string | undefined;
  /** The VM's service account, and its role; undefined if no manifest was given that says whether it has one. */
  readonly serviceAccount?:
    | { readonly name: string; readonly role: AccountRole | undefined }
    | undefined;
}

/**
 * The identity that the pod would have: that of the environment if it has a web identity token, as in a pod, and
 * otherwise what EKS's webhook sets. Other AWS_ variables, such as a person's on a laptop, do not count.
 */
export function assumedIdentity(sources: IdentitySources): AssumedIdentity {
  const { environment, roleArn, region, tokenFile, serviceAccount } = sources;
  const captured = captureIdentity(environment);
  const regional = (name: string): Record<string, string> =>
    name === "" ? {} : { AWS_DEFAULT_REGION: name, AWS_REGION: name };
  const [role, source] = roleArn !== undefined
    ? [roleArn, "by --role-arn"]
    : captured !== undefined
    ? [undefined, "by the environment"]
    : serviceAccount === undefined
    ? [EXAMPLE_ROLE, "an example: set it with --role-arn"]
    : serviceAccount.role === undefined
    ? [
      EXAMPLE_ROLE,
      `the service account ${serviceAccount.name} has no annotation ${ROLE_ANNOTATION}`,
    ]
    : [
      serviceAccount.role.arn,
      serviceAccount.role.manifest.kind === "ConfigMap"
        ? `by the ConfigMap ${serviceAccount.role.manifest.name}`
        : `by the annotation of the service account ${serviceAccount.name}`,
    ];
  const base = captured === undefined
    ? {
      AWS_STS_REGIONAL_ENDPOINTS: "regional",
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile ?? TOKEN_FILE,
      ...regional(region ?? EXAMPLE_REGION),
    }
    : { ...Object.fromEntries(captured.variables), ...regional(region ?? "") };
  const identity = captureIdentity(role === undefined ? base : { ...base, AWS_ROLE_ARN: role });
  if (identity === undefined) throw new TypeError("An identity always has a token file here.");
  const regionSource = region !== undefined
    ? "by --region"
    : captured !== undefined
    ? "by the environment"
    : "an example: EKS sets the cluster's region; set it here with --region";
  const hasRole = roleArn !== undefined || captured !== undefined ||
    serviceAccount === undefined || serviceAccount.role !== undefined;
  return { identity, hasRole, source, regionSource };
}

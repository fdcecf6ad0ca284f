import { captureIdentity, type Identity } from "../../identity/identity.ts";
import { ROLE_ANNOTATION } from "../manifest/service_account.ts";

/** Where EKS's pod identity webhook puts the token (aws/amazon-eks-pod-identity-webhook). */
const TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

const EXAMPLE_ROLE = "arn:aws:iam::111122223333:role/example";
const EXAMPLE_REGION = "us-east-1";

/** The identity that a plan is made with, and where role and region come from, for people. */
export interface AssumedIdentity {
  /** The one that the pod would have if its service account had a role. */
  readonly identity: Identity;
  /** Whether it has one, or nothing is known of its service account. */
  readonly hasRole: boolean;
  readonly source: string;
  readonly regionSource: string;
}

/** What is known of the role. What the command line names wins. */
export interface IdentitySources {
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string | undefined;
  readonly region: string | undefined;
  /** The VM's service account, and the role that it names; absent if its manifest was not given. */
  readonly serviceAccount:
    | { readonly name: string; readonly roleArn: string | undefined }
    | undefined;
}

/**
 * The identity that the pod would have: the one of the environment if that is a pod's with a role, and
 * otherwise what EKS's webhook sets. A person's own AWS_ variables, on a laptop, are none of a pod.
 */
export function assumedIdentity(sources: IdentitySources): AssumedIdentity {
  const { environment, roleArn, region, serviceAccount } = sources;
  const captured = captureIdentity(environment);
  const regional = (name: string): Record<string, string> =>
    name === "" ? {} : { AWS_DEFAULT_REGION: name, AWS_REGION: name };
  const [role, source] = roleArn !== undefined
    ? [roleArn, "by --role-arn"]
    : captured !== undefined
    ? [undefined, "by the environment"]
    : serviceAccount !== undefined
    ? [
      serviceAccount.roleArn ?? EXAMPLE_ROLE,
      `by the annotation of the service account ${serviceAccount.name}`,
    ]
    : [EXAMPLE_ROLE, "an example: name yours with --role-arn"];
  const base = captured === undefined
    ? {
      AWS_STS_REGIONAL_ENDPOINTS: "regional",
      AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE,
      ...regional(region ?? EXAMPLE_REGION),
    }
    : { ...Object.fromEntries(captured.variables), ...regional(region ?? "") };
  const identity = captureIdentity(role === undefined ? base : { ...base, AWS_ROLE_ARN: role });
  if (identity === undefined) throw new TypeError("An identity always has a token file here.");
  const regionSource = region !== undefined
    ? "by --region"
    : captured !== undefined
    ? "by the environment"
    : "an example: EKS sets your cluster's, to try it out name it with --region";
  const isRoleless = serviceAccount !== undefined && serviceAccount.roleArn === undefined &&
    roleArn === undefined && captured === undefined;
  return isRoleless
    ? {
      identity,
      hasRole: false,
      source: `the service account ${serviceAccount.name} has no annotation ${ROLE_ANNOTATION}`,
      regionSource,
    }
    : { identity, hasRole: true, source, regionSource };
}

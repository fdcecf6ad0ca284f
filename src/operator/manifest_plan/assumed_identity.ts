import {
  AGENT_URL_VARIABLE,
  captureIdentity,
  type Identity,
  type IdentityKind,
  TOKEN_FILE_VARIABLES,
  TOKEN_FOLDERS,
} from "../../identity/identity.ts";
import type { AccountRole } from "../manifest/account_role.ts";
import { ROLE_ANNOTATION } from "../manifest/service_account.ts";

const EXAMPLE_ROLE = "arn:aws:iam::111122223333:role/example";
const EXAMPLE_REGION = "us-east-1";

/** The identity that a plan is made with. */
export interface AssumedIdentity {
  /** What the pod would have if its service account had a role. */
  readonly identity: Identity;
  /** Whether the service account has a role, or is unknown. A Pod Identity association is assumed. */
  readonly hasRole: boolean;
  /** Undefined if only EKS knows the role. */
  readonly roleArn: string | undefined;
  /** Where the role is from, for people. */
  readonly source: string;
  /** Where the region is from, for people. */
  readonly regionSource: string;
}

/** What is known of the identity. */
export interface IdentitySources {
  readonly environment: Readonly<Record<string, string>>;
  /** The kind that the VM is made for. */
  readonly kind?: IdentityKind;
  /** From the command line: overrides all else. */
  readonly roleArn?: string | undefined;
  /** From the command line: overrides all else. */
  readonly region?: string | undefined;
  /** From the command line: the token's file in a pod with a web identity. */
  readonly tokenFile?: string | undefined;
  /** The VM's service account, and its role; undefined if no manifest was given that says whether it has one. */
  readonly serviceAccount?:
    | { readonly name: string; readonly role: AccountRole | undefined }
    | undefined;
}

/**
 * The identity that the pod would have: that of the environment if it has one, as in a pod, and otherwise what EKS's
 * webhook sets for the kind. Other AWS_ variables, such as a person's on a laptop, do not count.
 */
export function assumedIdentity(sources: IdentitySources): AssumedIdentity {
  const { environment, region } = sources;
  const captured = captureIdentity(environment);
  const kind = captured?.kind ?? sources.kind ?? "web identity";
  const { hasRole, roleArn, source } = roleOf(sources, captured, kind);
  const regional = (name: string): Record<string, string> =>
    name === "" ? {} : { AWS_DEFAULT_REGION: name, AWS_REGION: name };
  const base = captured === undefined
    ? { ...variablesOf(kind, sources), ...regional(region ?? EXAMPLE_REGION) }
    : { ...Object.fromEntries(captured.variables), ...regional(region ?? "") };
  const withRole = kind === "pod identity" || roleArn === undefined
    ? base
    : { ...base, AWS_ROLE_ARN: roleArn };
  const identity = captureIdentity(withRole);
  if (identity === undefined) throw new TypeError("An identity always has a token file here.");
  const regionSource = region !== undefined
    ? "by --region"
    : captured !== undefined
    ? "by the environment"
    : "an example: EKS sets the cluster's region; set it here with --region";
  return {
    identity,
    hasRole,
    roleArn: roleArn ?? identity.variables.get("AWS_ROLE_ARN"),
    source,
    regionSource,
  };
}

/** What EKS's webhook sets for each kind, but for the region and the role (aws/amazon-eks-pod-identity-webhook main.go). */
function variablesOf(
  kind: IdentityKind,
  { tokenFile }: IdentitySources,
): Readonly<Record<string, string>> {
  return {
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    ...(kind === "web identity"
      ? { [TOKEN_FILE_VARIABLES[kind]]: tokenFile ?? `${TOKEN_FOLDERS[kind]}/token` }
      : {
        [AGENT_URL_VARIABLE]: "http://169.254.170.23/v1/credentials",
        [TOKEN_FILE_VARIABLES[kind]]: `${TOKEN_FOLDERS[kind]}/eks-pod-identity-token`,
      }),
  };
}

/** The role, and where it is from. */
function roleOf(
  { roleArn, serviceAccount }: IdentitySources,
  captured: Identity | undefined,
  kind: IdentityKind,
): Pick<AssumedIdentity, "hasRole" | "roleArn" | "source"> {
  if (roleArn !== undefined) return { hasRole: true, roleArn, source: "by --role-arn" };
  if (captured !== undefined) {
    return { hasRole: true, roleArn: undefined, source: "by the environment" };
  }
  if (kind === "pod identity") {
    return {
      hasRole: true,
      roleArn: undefined,
      source: "by the service account's association, which is in EKS's API and was not looked at",
    };
  }
  if (serviceAccount === undefined) {
    const source = "an example: set it with --role-arn";
    return { hasRole: true, roleArn: EXAMPLE_ROLE, source };
  }
  const { name, role } = serviceAccount;
  if (role === undefined) {
    const source = `the service account ${name} has no annotation ${ROLE_ANNOTATION}`;
    return { hasRole: false, roleArn: EXAMPLE_ROLE, source };
  }
  return {
    hasRole: true,
    roleArn: role.arn,
    source: role.manifest.kind === "ConfigMap"
      ? `by the ConfigMap ${role.manifest.name}`
      : `by the annotation of the service account ${name}`,
  };
}

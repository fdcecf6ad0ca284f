/**
 * How a pod has its role: by IAM roles for service accounts, or by an EKS Pod Identity association
 * (https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html).
 */
export type IdentityKind = "web identity" | "pod identity";

/**
 * The role of the pod's service account, as EKS's pod identity webhook tells it to the container
 * (aws/amazon-eks-pod-identity-webhook).
 */
export interface Identity {
  readonly kind: IdentityKind;
  /** The environment variables whose names start with `AWS_`, without those of the other kind. */
  readonly variables: ReadonlyMap<string, string>;
  /** The folder of the token in the pod, which virtiofs shares with the guest. */
  readonly tokenFolder: string;
  /** The file name of the token in that folder. */
  readonly tokenName: string;
}

/** The variable of each kind that names the token's file. */
export const TOKEN_FILE_VARIABLES: Readonly<Record<IdentityKind, string>> = {
  "web identity": "AWS_WEB_IDENTITY_TOKEN_FILE",
  "pod identity": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
};

/** The variable that names the agent of EKS Pod Identity, which gives credentials for the token. */
export const AGENT_URL_VARIABLE = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/** The folder into which EKS's webhook mounts the token of each kind, unless its flags name another. */
export const TOKEN_FOLDERS: Readonly<Record<IdentityKind, string>> = {
  "web identity": "/var/run/secrets/eks.amazonaws.com/serviceaccount",
  "pod identity": "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount",
};

/** The variables of each kind that SDKs must not see beside the other kind: they do not fall back. */
const OWN_VARIABLES: Readonly<Record<IdentityKind, readonly string[]>> = {
  "web identity": [TOKEN_FILE_VARIABLES["web identity"]],
  "pod identity": [TOKEN_FILE_VARIABLES["pod identity"], AGENT_URL_VARIABLE],
};

/**
 * An absolute path of a file. The name has only characters that are safe in the
 * settings and file systems of all guests, and no dot at its end, which Windows drops. EKS's webhook uses
 * `/var/run/secrets/eks.amazonaws.com/serviceaccount/token`.
 */
const TOKEN_FILE = /^\/(?:.*\/)?[A-Za-z0-9._-]*[A-Za-z0-9_-]$/s;

/** Whether a text names a token's file that a guest can read. */
export function isTokenFile(path: string): boolean {
  return TOKEN_FILE.test(path);
}

/**
 * Reads the identity from a container's environment.
 *
 * @returns Undefined if the environment names no token that a guest can read: the VM has no role.
 */
export function captureIdentity(
  environment: Readonly<Record<string, string>>,
): Identity | undefined {
  const kind = identityKind(environment);
  if (kind === undefined) return undefined;
  const file = environment[TOKEN_FILE_VARIABLES[kind]] ?? "";
  if (!isTokenFile(file)) return undefined;
  const slash = file.lastIndexOf("/");
  const foreign = foreignVariables(kind);
  return {
    kind,
    variables: new Map(
      Object.entries(environment)
        .filter(([name]) => name.startsWith("AWS_") && !foreign.includes(name))
        .sort(([one], [other]) => one < other ? -1 : 1),
    ),
    tokenFolder: file.slice(0, slash),
    tokenName: file.slice(slash + 1),
  };
}

/**
 * The kind of an environment. Where it has the variables of both, the web identity counts, as in the SDKs
 * (boto/botocore botocore/credentials.py, create_credential_resolver).
 *
 * @returns Undefined if it has those of neither kind.
 */
export function identityKind(
  environment: Readonly<Record<string, string>>,
): IdentityKind | undefined {
  const hasAll = (kind: IdentityKind) => OWN_VARIABLES[kind].every((name) => environment[name]);
  return hasAll("web identity")
    ? "web identity"
    : hasAll("pod identity")
    ? "pod identity"
    : undefined;
}

/** The other of the two kinds. EKS gives a pod only one. */
export function otherKind(kind: IdentityKind): IdentityKind {
  return kind === "web identity" ? "pod identity" : "web identity";
}

/** The variables of the other kind, which a guest with this kind must not have. */
export function foreignVariables(kind: IdentityKind): readonly string[] {
  return OWN_VARIABLES[otherKind(kind)];
}

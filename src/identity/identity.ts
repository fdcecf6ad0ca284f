import type { Note } from "../log/note.ts";

/**
 * The role of the pod's service account, as EKS's pod identity webhook tells it to the container
 * (aws/amazon-eks-pod-identity-webhook).
 */
export interface Identity {
  /** All environment variables whose names start with `AWS_`. */
  readonly variables: ReadonlyMap<string, string>;
  /** The folder of the web identity token in the pod, which virtiofs shares with the guest. */
  readonly tokenFolder: string;
  /** The file name of the token in that folder. */
  readonly tokenName: string;
}

/** The variable that a pod has only if it has a role by IRSA. */
export const TOKEN_FILE_VARIABLE = "AWS_WEB_IDENTITY_TOKEN_FILE";

/**
 * An absolute path, split into folder and file name. The name has only characters that are safe in the
 * settings and file systems of all guests, and no dot at its end, which Windows drops. EKS's webhook uses
 * `/var/run/secrets/eks.amazonaws.com/serviceaccount/token`.
 */
const TOKEN_FILE = /^((?:\/.*)?)\/([A-Za-z0-9._-]*[A-Za-z0-9_-])$/s;

/** Whether a text names a token's file that a guest can read. */
export function isTokenFile(path: string): boolean {
  return TOKEN_FILE.test(path);
}

/**
 * Reads the identity from a container's environment.
 *
 * @returns Undefined if the environment names no web identity token that a guest can read: the VM has no role
 * by IRSA.
 */
export function captureIdentity(
  environment: Readonly<Record<string, string>>,
): Identity | undefined {
  const [, tokenFolder, tokenName] = TOKEN_FILE.exec(environment[TOKEN_FILE_VARIABLE] ?? "") ?? [];
  if (tokenFolder === undefined || tokenName === undefined) return undefined;
  return {
    variables: new Map(
      Object.entries(environment)
        .filter(([name]) => name.startsWith("AWS_"))
        .sort(([one], [other]) => one < other ? -1 : 1),
    ),
    tokenFolder,
    tokenName,
  };
}

/** A warning if an identity has no region, which most AWS clients want; nothing if it has one. */
export function regionNotes({ variables }: Identity): readonly Note[] {
  const hasRegion = ["AWS_REGION", "AWS_DEFAULT_REGION"].some((name) => variables.get(name));
  return hasRegion ? [] : [{
    level: "warning",
    message:
      "The pod has a role and no AWS_REGION: the guest gets no region either, and most AWS clients want " +
      "one. Set it in the guest, or with the flag --aws-default-region of the pod identity webhook.",
  }];
}

/** Says why an environment has no identity. */
export function noIdentityNote(environment: Readonly<Record<string, string>>): Note {
  const isNamed = (environment[TOKEN_FILE_VARIABLE] ?? "") !== "";
  const reason = isNamed
    ? `${TOKEN_FILE_VARIABLE} names no absolute path of a file whose name has only letters, digits, ".", ` +
      '"_" and "-", and no "." at its end: the VM gets no role'
    : `The environment has no ${TOKEN_FILE_VARIABLE}: the pod's service account has no IAM role`;
  return {
    level: isNamed ? "warning" : "info",
    message: `${reason}, and the VM boots as it would without this sidecar.`,
  };
}

import type { Note } from "../log/note.ts";

/**
 * What EKS's pod identity webhook gave the container: the role of the pod's service account
 * (aws/amazon-eks-pod-identity-webhook).
 */
export interface Identity {
  /** Every variable that starts with `AWS_`, as captured. */
  readonly variables: ReadonlyMap<string, string>;
  /** Folder of the web identity token in the pod; it is what virtiofs shares. */
  readonly tokenFolder: string;
  /** Name of the token's file in that folder. */
  readonly tokenName: string;
}

/** The variable whose presence means that the pod has a role by IRSA. */
export const TOKEN_FILE_VARIABLE = "AWS_WEB_IDENTITY_TOKEN_FILE";

/**
 * The token's folder and its name there: one that every guest can be told in a line of text, and can open;
 * Windows drops a dot at the end. EKS's webhook has it in
 * `/var/run/secrets/eks.amazonaws.com/serviceaccount/token`.
 */
const TOKEN_FILE = /^((?:\/.*)?)\/([A-Za-z0-9._-]*[A-Za-z0-9_-])$/s;

/**
 * Picks the identity out of a container's environment.
 *
 * @returns Nothing if the environment names no web identity token that a guest could read: the VM has no
 * role by IRSA.
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

/** Why an environment has no identity. */
export function noIdentityNote(environment: Readonly<Record<string, string>>): Note {
  const isNamed = (environment[TOKEN_FILE_VARIABLE] ?? "") !== "";
  const reason = isNamed
    ? `${TOKEN_FILE_VARIABLE} names no absolute path of a file whose name is of letters, digits, ".", "_" ` +
      'and "-" alone, which a guest could be told: no role is handed over'
    : `The environment has no ${TOKEN_FILE_VARIABLE}: the pod's service account has no IAM role`;
  return {
    level: isNamed ? "warning" : "info",
    message: `${reason}, and the VM boots as it would without this sidecar.`,
  };
}

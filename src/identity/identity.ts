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
 * Picks the identity out of a container's environment.
 *
 * @returns Nothing if the environment names no web identity token: the VM has no role by IRSA.
 */
export function captureIdentity(
  environment: Readonly<Record<string, string>>,
): Identity | undefined {
  const tokenFile = environment[TOKEN_FILE_VARIABLE];
  if (tokenFile === undefined || tokenFile === "") return undefined;
  const slash = tokenFile.lastIndexOf("/");
  return {
    variables: new Map(
      Object.entries(environment)
        .filter(([name]) => name.startsWith("AWS_"))
        .sort(([one], [other]) => one < other ? -1 : 1),
    ),
    tokenFolder: tokenFile.slice(0, Math.max(slash, 0)),
    tokenName: tokenFile.slice(slash + 1),
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/([\u0021-\u007e]+\/)?[\w+=,.@-]{1,64}$/;

/** Whether a text is the ARN of an IAM role. */
export function isRoleArn(text: string): boolean {
  return ROLE_ARN.test(text);
}

/**
 * Whether a text is the name of an IAM role, perhaps with its path, of which an ARN can be made
 * (aws/amazon-eks-pod-identity-webhook, `--compose-role-arn`).
 */
export function isRoleName(text: string): boolean {
  return !/^\/|:/.test(text) && isRoleArn(`arn:aws:iam::000000000000:role/${text}`);
}

/** The annotation that gives a service account its role (aws/amazon-eks-pod-identity-webhook). */
export const ROLE_ANNOTATION = "eks.amazonaws.com/role-arn";

/** The annotation that sets the audience of its token. */
export const AUDIENCE_ANNOTATION = "eks.amazonaws.com/audience";

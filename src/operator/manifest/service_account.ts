import { objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";

/** The annotation that gives a service account its role (aws/amazon-eks-pod-identity-webhook). */
export const ROLE_ANNOTATION = "eks.amazonaws.com/role-arn";

/** The role that a service account's manifest names. */
export function roleArnOf(serviceAccount: Manifest): string | undefined {
  const annotations = objectMember(objectMember(serviceAccount.object, "metadata"), "annotations");
  return stringMember(annotations, ROLE_ANNOTATION);
}

import { annotationsOf } from "../../kubevirt/metadata.ts";
import { objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { AUDIENCE_ANNOTATION } from "../manifest/service_account.ts";
import type { CheckContext } from "./check_context.ts";
import { givenRole, givenServiceAccount } from "./role.ts";

/** The audience of the webhook on EKS, and of the upstream program without a flag. */
const EKS_AUDIENCE = "sts.amazonaws.com";

/** The flag of the upstream program. */
const FLAG = "--token-audience=";

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const EKS_ISSUER = /^oidc\.eks[.-]/;

/**
 * The audience of the token that the pod identity webhook asks for; undefined if it cannot be known. What names it,
 * first: the service account or the webhook's ConfigMap, the flag `--token-audience` of check, the webhook's
 * Deployment, OpenShift's Infrastructure, and the issuer of an EKS cluster.
 *
 * @param issuer The issuer that the trust policy names.
 */
export function tokenAudience(context: CheckContext, issuer: string): string | undefined {
  return ofAccount(context) ?? context.webhookOptions.tokenAudience ?? ofDeployment(context) ??
    ofOpenShift(context) ?? (EKS_ISSUER.test(issuer) ? EKS_AUDIENCE : undefined);
}

function ofAccount(context: CheckContext): string | undefined {
  const role = givenRole(context);
  if (role !== undefined) return role.audience;
  return stringMember(annotationsOf(givenServiceAccount(context)?.object), AUDIENCE_ANNOTATION);
}

/** A self-hosted webhook: its flag, or the program's default without the flag. */
function ofDeployment({ manifests }: CheckContext): string | undefined {
  const found = manifests.find(({ kind, name }) =>
    kind === "Deployment" && /pod-identity-webhook/.test(name)
  );
  if (found === undefined) return undefined;
  const template = objectMember(objectMember(found.object, "spec"), "template");
  const words = objectsMember(objectMember(template, "spec"), "containers")
    .flatMap(({ command, args }) => [command, args])
    .flatMap((list) => Array.isArray(list) ? list.map(String) : []);
  return words.find((word) => word.startsWith(FLAG))?.slice(FLAG.length) ?? EKS_AUDIENCE;
}

/**
 * Hosted control planes have the audience `openshift` (openshift/hypershift, `--token-audience=openshift`), others
 * that of EKS (openshift/cloud-credential-operator).
 */
function ofOpenShift({ manifests }: CheckContext): string | undefined {
  const found = manifests.find(({ kind, group }) =>
    kind === "Infrastructure" && group === "config.openshift.io"
  );
  if (found === undefined) return undefined;
  const topology = stringMember(objectMember(found.object, "status"), "controlPlaneTopology");
  return topology === "External" ? "openshift" : EKS_AUDIENCE;
}

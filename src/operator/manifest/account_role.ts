import { annotationsOf } from "../../kubevirt/metadata.ts";
import { asObject, member, objectMember, stringMember } from "../../text/json.ts";
import { findObject, type Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";
import { AUDIENCE_ANNOTATION, ROLE_ANNOTATION } from "./service_account.ts";

/** The ConfigMap from which the pod identity webhook reads roles with `--watch-config-map`, as kOps runs it. */
const ROLES_CONFIG_MAP = "pod-identity-webhook";

/** The role of a service account, and where it is written. */
export interface AccountRole {
  readonly arn: string;
  /** The audience of the token; undefined for the webhook's default. */
  readonly audience: string | undefined;
  readonly manifest: Manifest;
  readonly path: Path;
}

/**
 * Finds the role of a service account as the pod identity webhook does: by the account's annotation, or else by the
 * webhook's ConfigMap, whose keys are `namespace/name` or `*` for the namespace (aws/amazon-eks-pod-identity-webhook
 * pkg/cache/cache.go, Get).
 *
 * @param namespace Undefined to look in all namespaces.
 */
export function accountRole(
  manifests: readonly Manifest[],
  namespace: string | undefined,
  name: string,
): AccountRole | undefined {
  const account = findObject(manifests, "ServiceAccount", namespace, name);
  const arn = account && annotatedRole(account);
  if (account !== undefined && arn !== undefined) {
    return {
      arn,
      audience: stringMember(annotationsOf(account.object), AUDIENCE_ANNOTATION),
      manifest: account,
      path: ["metadata", "annotations", ROLE_ANNOTATION],
    };
  }
  const config = rolesConfigMap(manifests);
  return config && roleInConfigMap(config, namespace, name);
}

/** The role in the annotation of a service account; undefined if there is none, or an empty one. */
export function annotatedRole({ object }: Manifest): string | undefined {
  return stringMember(annotationsOf(object), ROLE_ANNOTATION) || undefined;
}

/** The ConfigMap with the roles, if it is among some manifests. */
export function rolesConfigMap(manifests: readonly Manifest[]): Manifest | undefined {
  return manifests.find(({ kind, name }) => kind === "ConfigMap" && name === ROLES_CONFIG_MAP);
}

function roleInConfigMap(
  manifest: Manifest,
  namespace: string | undefined,
  name: string,
): AccountRole | undefined {
  let config: unknown;
  try {
    config = JSON.parse(String(member(objectMember(manifest.object, "data"), "config")));
  } catch {
    // The webhook reads no role from it either.
  }
  const roles = asObject(config) ?? {};
  const keys = namespace === undefined
    ? Object.keys(roles).filter((key) => key.split("/")[1] === name)
    : [`${namespace}/${name}`, `*/${name}`];
  for (const key of keys) {
    const entry = objectMember(roles, key);
    const arn = stringMember(entry, "RoleARN");
    if (!arn) continue;
    return {
      arn,
      // Without an audience the API server makes a token for itself, and not for AWS.
      audience: stringMember(entry, "Audience") ?? "",
      manifest,
      path: ["data", "config"],
    };
  }
  return undefined;
}

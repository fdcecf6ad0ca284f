import type { TokenShare } from "../../identity/share.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";

export const WEBHOOK_KIND = "MutatingWebhookConfiguration";

/** The name of the IRSA mutation webhook (kubevirt/irsa-mutation-webhook deploy/webhook.yaml). */
const WEBHOOK_NAME = /irsa-mutation-webhook/;

/** The socket of its container, which serves the token's share (the same repository, internal/mutator/mutator.go). */
const WEBHOOK_SOCKET = "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock";

/** The label with the name of a namespace, which every namespace has. */
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

/** Whether the sidecar adds a device that connects to the socket of the IRSA mutation webhook's container. */
export function needsWebhook(
  { share, hookPoints }: {
    readonly share: TokenShare;
    readonly hookPoints: ReadonlySet<string>;
  },
): boolean {
  return share.kind === "webhook" && share.socket === WEBHOOK_SOCKET &&
    hookPoints.has("OnDefineDomain");
}

/**
 * The IRSA mutation webhook among some manifests, if it may select the pods of a namespace.
 *
 * @param namespace Undefined for any namespace.
 */
export function findWebhook(
  manifests: readonly Manifest[],
  namespace: string | undefined,
): Manifest | undefined {
  return manifests.find(({ kind, name, object }) =>
    kind === WEBHOOK_KIND &&
    objectsMember(object, "webhooks").some((webhook) =>
      [
        name,
        stringMember(webhook, "name") ?? "",
        stringMember(objectMember(objectMember(webhook, "clientConfig"), "service"), "name") ?? "",
      ].some((known) => WEBHOOK_NAME.test(known)) && maySelect(webhook, namespace)
    )
  );
}

/** Whether a webhook may select a namespace. Of the namespace's labels only its name is known. */
function maySelect(webhook: JsonObject, namespace: string | undefined): boolean {
  const selector = objectMember(webhook, "namespaceSelector");
  return namespace === undefined ||
    objectsMember(selector, "matchExpressions").every((expression) => {
      const values: unknown = member(expression, "values");
      if (stringMember(expression, "key") !== NAMESPACE_LABEL || !Array.isArray(values)) {
        return true;
      }
      const isListed = values.includes(namespace);
      switch (stringMember(expression, "operator")) {
        case "In":
          return isListed;
        case "NotIn":
          return !isListed;
        default:
          return true;
      }
    });
}

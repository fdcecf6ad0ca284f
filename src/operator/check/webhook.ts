import type { MissingShare, TokenShare } from "../../identity/share.ts";
import { objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { maySelect, namespaceLabels } from "../manifest/labels.ts";
import type { Manifest } from "../manifest/manifest.ts";

export const WEBHOOK_KIND = "MutatingWebhookConfiguration";

/** The name of the IRSA mutation webhook (kubevirt/irsa-mutation-webhook deploy/webhook.yaml). */
const WEBHOOK_NAME = /irsa-mutation-webhook/;

/** The socket of its container, which serves the token's share (the same repository, internal/mutator/mutator.go). */
const WEBHOOK_SOCKET = "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock";

/** Whether the sidecar adds a device that connects to the socket of the IRSA mutation webhook's container. */
export function needsWebhook(
  { share, hookPoints }: {
    readonly share: TokenShare | MissingShare;
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
      ].some((known) => WEBHOOK_NAME.test(known)) &&
      maySelect(objectMember(webhook, "namespaceSelector"), namespaceLabels(manifests, namespace))
    )
  );
}

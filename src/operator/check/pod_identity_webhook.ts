import { objectMember, objectsMember, stringMember } from "../../text/json.ts";
import { type KnownLabels, maySelect, namespaceLabels } from "../manifest/labels.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { CheckContext } from "./check_context.ts";
import { findWebhook, WEBHOOK_KIND } from "./webhook.ts";

/**
 * The name of AWS's pod identity webhook in every distribution (aws/amazon-eks-pod-identity-webhook deploy/;
 * openshift/cloud-credential-operator; kubernetes/kops). OpenShift on Azure has another of that name.
 */
const NAME = /pod-identity-webhook/;
const OTHER_CLOUD = /azure|gcp/;

/** KubeVirt's own configuration: the list of a cluster's webhooks has it (kubevirt/kubevirt pkg/virt-operator). */
const KUBEVIRT_CONFIGURATION = "virt-api-mutator";

/** What the given webhook configurations say of the pod identity webhook. */
export type PodIdentityWebhook =
  /** It is among them, and may select the VM's pod; or nothing can be said. */
  | { readonly kind: "may select" }
  /** It is among them, and leaves the pod out. */
  | {
    readonly kind: "leaves out";
    readonly manifest: Manifest;
    readonly path: readonly (string | number)[];
  }
  /** It is not among them. */
  | { readonly kind: "missing"; readonly manifest: Manifest; readonly isWholeCluster: boolean };

/** Looks for the pod identity webhook, and whether it selects the pod of the VM. */
export function podIdentityWebhook(context: CheckContext): PodIdentityWebhook {
  const manifest = givenPodIdentityWebhook(context);
  if (manifest === undefined) {
    const given = context.manifests.filter(({ kind }) => kind === WEBHOOK_KIND);
    const other = given.find((one) => findWebhook([one], undefined) === undefined);
    const isWholeCluster = given.some(({ name }) => name === KUBEVIRT_CONFIGURATION);
    return other === undefined
      ? { kind: "may select" }
      : { kind: "missing", manifest: other, isWholeCluster };
  }
  const { namespace } = context.virtualMachine.manifest;
  const selectors = [
    ["namespaceSelector", namespaceLabels(context.manifests, namespace)],
    ["objectSelector", podLabels(context)],
  ] as const;
  for (const [index, webhook] of objectsMember(manifest.object, "webhooks").entries()) {
    for (const [selector, labels] of selectors) {
      if (maySelect(objectMember(webhook, selector), labels)) continue;
      return { kind: "leaves out", manifest, path: ["webhooks", index, selector] };
    }
  }
  return { kind: "may select" };
}

/** The configuration of the pod identity webhook, if it was given. */
export function givenPodIdentityWebhook({ manifests }: CheckContext): Manifest | undefined {
  return manifests.find((manifest) =>
    manifest.kind === WEBHOOK_KIND && isPodIdentityWebhook(manifest)
  );
}

function isPodIdentityWebhook({ name, object }: Manifest): boolean {
  const names = objectsMember(object, "webhooks").map((webhook) =>
    stringMember(webhook, "name") ?? ""
  );
  return [name, ...names].some((one) => NAME.test(one)) &&
    ![name, ...names].some((one) => OTHER_CLOUD.test(one));
}

/** KubeVirt copies the labels of the VMI to its pod, and adds some of its own. */
function podLabels({ vmi }: CheckContext): KnownLabels {
  return {
    labels: new Map([...vmi.labels, ["kubevirt.io", "virt-launcher"]]),
    mayHave: (key) => /(^|\.)kubevirt\.io\//.test(key),
  };
}

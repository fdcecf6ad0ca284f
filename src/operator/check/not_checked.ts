import { type Matcher, matcherOf } from "../manifest/matcher.ts";
import type { CheckContext } from "./check_context.ts";
import { guaranteedBy } from "./guaranteed.ts";
import { mayHaveRole } from "./role.ts";
import { needsWebhook, WEBHOOK_KIND } from "./webhook.ts";

/** What could not be looked at, as sentences. */
export function notChecked(context: CheckContext): readonly string[] {
  return [
    unknownRole(context),
    context.kubevirt === undefined
      ? "The feature gates: give the KubeVirt manifest with --kubevirt."
      : undefined,
    unknownUserData(context),
    unknownWebhook(context),
    unknownCpus(context),
    unknownGuest(context),
  ].filter((sentence) => sentence !== undefined);
}

function unknownRole(
  { manifests, serviceAccount: { name } }: CheckContext,
): string | undefined {
  return manifests.some(({ kind }) => kind === "ServiceAccount")
    ? undefined
    : `The role of the service account ${name}: give its manifest with --service-account.`;
}

function unknownUserData({ cloudInit }: CheckContext): string | undefined {
  if (cloudInit?.userData.kind !== "secret") return undefined;
  const { secret, manifest } = cloudInit.userData;
  return manifest === undefined
    ? `The user data: it is in the Secret ${secret}. Give its manifest too.`
    : undefined;
}

/** One way for the token needs the webhook, and the other can do without it. */
function unknownWebhook(context: CheckContext): string | undefined {
  const { manifests, share, virtualMachine: { vmi } } = context;
  if (!mayHaveRole(context) || manifests.some(({ kind }) => kind === WEBHOOK_KIND)) {
    return undefined;
  }
  const question = "Whether the IRSA mutation webhook is in the cluster, which";
  if (share.kind === "containerPath") {
    return `${question} would add a container to the pod${
      guaranteedBy(vmi) === undefined ? "" : " and so take the VM's own CPUs from it"
    }: give its manifest too.`;
  }
  return needsWebhook(context)
    ? `${question} has to serve the token's share for the VM to start: give its manifest too.`
    : undefined;
}

/** An instance type may want dedicated CPUs (kubevirt.io/api instancetype/v1beta1, CPUInstancetype). */
function unknownCpus({ virtualMachine: { manifest, vmi } }: CheckContext): string | undefined {
  const instanceType = matcherOf(manifest, "instancetype");
  return instanceType === undefined || guaranteedBy(vmi) !== undefined
    ? undefined
    : `Whether the VM has dedicated CPUs by ${
      title(instanceType)
    }: instance types are not looked at.`;
}

/**
 * A preference says which guest it is: by its name, and by the annotations and hyperv features that KubeVirt
 * takes from it (kubevirt/kubevirt pkg/instancetype/preference/apply).
 */
function unknownGuest({ virtualMachine: { manifest }, options }: CheckContext): string | undefined {
  const preference = matcherOf(manifest, "preference");
  if (preference === undefined || options.os !== undefined) return undefined;
  return `Which guest it is by ${title(preference)}: ${
    preference.name === undefined
      ? "name the guest with --os"
      : "of preferences no more than the name is looked at"
  }.`;
}

function title({ kind, name, volume }: Matcher): string {
  return name === undefined ? `what KubeVirt finds on the volume ${volume}` : `the ${kind} ${name}`;
}

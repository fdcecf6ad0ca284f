import { INJECT_LABEL } from "../../admission/opt_in.ts";
import { findObject } from "../manifest/manifest.ts";
import { type Matcher, matcherOf } from "../manifest/matcher.ts";
import { deliveryOf } from "../manifest_plan/delivery.ts";
import type { CheckContext } from "./check_context.ts";
import { guaranteedBy } from "./guaranteed.ts";
import { observedVersion, runningVersion } from "./kubevirt_configuration.ts";
import { givenRole, mayHaveIrsaRole, mayHaveRole } from "./role.ts";
import { scriptVolume } from "./sysprep_volume.ts";
import { trustOf } from "./trust.ts";
import { needsWebhook, WEBHOOK_KIND } from "./webhook.ts";

/** What check does not know about a virtual machine, and how to give it; in sentences. */
export function notChecked(context: CheckContext): readonly string[] {
  return [
    unknownRole(context),
    unknownAssociation(context),
    context.kubevirt === undefined
      ? "The feature gates are unknown. Give the KubeVirt manifest with --kubevirt."
      : undefined,
    unknownPolicy(context),
    unknownVersion(context),
    unknownAudience(context),
    unknownUserData(context),
    unknownSysprep(context),
    unknownWebhook(context),
    unknownCpus(context),
    unknownGuest(context),
    unknownSystemd(context),
  ].filter((sentence) => sentence !== undefined);
}

function unknownRole(
  context: CheckContext,
): string | undefined {
  const { identity, manifests, serviceAccount: { name } } = context;
  if (identity.kind === "pod identity") return undefined;
  return manifests.some(({ kind }) => kind === "ServiceAccount") || givenRole(context) !== undefined
    ? undefined
    : `The role of the service account ${name} is unknown. Give its manifest with --service-account.`;
}

/** Everything about EKS Pod Identity that no manifest says. */
function unknownAssociation(context: CheckContext): string | undefined {
  const { identity, serviceAccount: { name }, virtualMachine: { manifest } } = context;
  const command = "aws eks list-pod-identity-associations --cluster-name CLUSTER " +
    `--namespace ${manifest.namespace ?? "default"} --service-account ${name}`;
  if (identity.kind === "pod identity") {
    return `Whether the service account ${name} has a Pod Identity association, and with which role, is in EKS's ` +
      `API, and was not looked at: ${command}. Nor is it known whether the cluster runs the EKS Pod Identity Agent, ` +
      "and whether the guest's AWS CLI and SDKs are new enough.";
  }
  return mayHaveRole(context) ? undefined : "The service account " +
    `${name} may have a Pod Identity association, which is in EKS's API, and was not looked at: ${command}. ` +
    'If it has one, the value of the label is "pod-identity".';
}

/** The label is worth nothing without the policy, and the namespace may have the label. */
function unknownPolicy({ admission, manifests, sidecars, ...context }: CheckContext) {
  const { optIn, policy } = admission;
  if (optIn.kind === "opted in" && policy.kind === "assumed") {
    const folder = policy.settings.accountBy === "volume" ? "deploy/kubevirt-1.8" : "deploy";
    return `The admission policies of the cluster are unknown: those of ${folder} are assumed. Add their manifests.`;
  }
  const { namespace = "default" } = context.virtualMachine.manifest;
  const isKnown = findObject(manifests, "Namespace", undefined, namespace) !== undefined;
  return optIn.kind === "not opted in" && sidecars.kind === "absent" && !isKnown
    ? `It is unknown whether the namespace ${namespace} has the label ${INJECT_LABEL}. Add its manifest.`
    : undefined;
}

function unknownVersion({ kubevirt }: CheckContext): string | undefined {
  const version = kubevirt && observedVersion(kubevirt);
  return kubevirt === undefined || version === undefined || runningVersion(kubevirt) !== undefined
    ? undefined
    : `The version ${version} is not one of KubeVirt's releases: what depends on the version is not checked.`;
}

function unknownAudience(context: CheckContext): string | undefined {
  const audiences = [...new Set(trustOf(context).unknownAudiences)];
  return audiences.length === 0
    ? undefined
    : `It is unknown which audience the token has: the trust policy asks for ${
      audiences.join(", ")
    }. ` +
      "Say it with --token-audience.";
}

function unknownUserData({ cloudInit }: CheckContext): string | undefined {
  if (cloudInit?.userData.kind !== "secret") return undefined;
  const { secret, manifest } = cloudInit.userData;
  return manifest === undefined
    ? `The user data is in the Secret ${secret}. Add its manifest.`
    : undefined;
}

function unknownSysprep(context: CheckContext): string | undefined {
  const volume = scriptVolume(context);
  return volume !== undefined && volume.manifest === undefined
    ? `It is unknown whether the ${volume.kind} ${volume.name} has the script for the guest. Add its manifest.`
    : undefined;
}

/** The webhook's share needs the webhook. Beside a containerPath volume, it takes the VM's dedicated CPUs away. */
function unknownWebhook(context: CheckContext): string | undefined {
  const { manifests, share, virtualMachine: { vmi } } = context;
  if (!mayHaveIrsaRole(context) || manifests.some(({ kind }) => kind === WEBHOOK_KIND)) {
    return undefined;
  }
  const unknown = "It is unknown whether the cluster has the IRSA mutation webhook.";
  if (share.kind === "containerPath" && guaranteedBy(vmi) !== undefined) {
    return `${unknown} With its container in the pod, the VM would lose its dedicated CPUs. Add its manifest.`;
  }
  return needsWebhook(context)
    ? `${unknown} The VM starts only if it serves the token's share. Add its manifest.`
    : undefined;
}

/** An instance type can set dedicated CPUs (kubevirt.io/api instancetype/v1beta1, CPUInstancetype). */
function unknownCpus({ virtualMachine: { manifest, vmi } }: CheckContext): string | undefined {
  const instanceType = matcherOf(manifest, "instancetype");
  return instanceType === undefined || guaranteedBy(vmi) !== undefined
    ? undefined
    : `It is unknown whether ${
      title(instanceType)
    } sets dedicated CPUs: check does not read instance types.`;
}

/**
 * A preference can have hints of the guest's operating system: its name, and the annotations and hyperv features
 * that KubeVirt applies to the VMI (kubevirt/kubevirt pkg/instancetype/preference/apply).
 */
function unknownGuest({ virtualMachine: { manifest }, options }: CheckContext): string | undefined {
  const preference = matcherOf(manifest, "preference");
  if (preference === undefined || options.os !== undefined) return undefined;
  return preference.name === undefined
    ? `It is unknown which guest ${title(preference)} is for. Set the guest with --os.`
    : `It is unknown which guest ${title(preference)} is for: check reads only its name.`;
}

/** The domain gives a role only to a guest whose systemd reads it. */
function unknownSystemd({ plan }: CheckContext): string | undefined {
  return plan.kind === "planned" && deliveryOf(plan) === "domain"
    ? "It is unknown which systemd the guest has. The role goes by the domain, which needs 252 or later, and reaches " +
      "every service only with 256 or later."
    : undefined;
}

function title({ kind, name, volume }: Matcher): string {
  return name === undefined
    ? `the ${kind} that KubeVirt infers from the volume ${volume}`
    : `the ${kind} ${name}`;
}

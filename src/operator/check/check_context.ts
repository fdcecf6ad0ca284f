import type { ServeOptions } from "../../cli/command_line.ts";
import type { Identity } from "../../identity/identity.ts";
import { findTokenShare, type MissingShare, type TokenShare } from "../../identity/share.ts";
import { type UsedServiceAccount, usedServiceAccount } from "../../kubevirt/service_account.ts";
import { readVmi, type Vmi } from "../../kubevirt/vmi.ts";
import { type ManifestCloudInit, manifestCloudInit } from "../manifest/cloud_init.ts";
import { type HookSidecars, hookSidecars } from "../manifest/hook_sidecars.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { type ManifestSysprep, manifestSysprep } from "../manifest/sysprep.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { assumedIdentity } from "../manifest_plan/assumed_identity.ts";
import { reasonAgainstDomain } from "../manifest_plan/delivery.ts";
import { admissionOf, type ManifestAdmission } from "../manifest_plan/manifest_admission.ts";
import {
  hookPointsOf,
  type ManifestPlan,
  type PlanFailure,
  planManifest,
  serveOptionsOf,
} from "../manifest_plan/manifest_plan.ts";
import { isHyperConverged } from "./hyper_converged.ts";
import { isOlderThan, versionNumber } from "./kubevirt_configuration.ts";
import { findWebhook } from "./webhook.ts";

/** What the command line says of the cluster's pod identity webhook. */
export interface WebhookOptions {
  /** The audience that it asks for; undefined if that is not known. */
  readonly tokenAudience: string | undefined;
  /** The token's file in a pod with a web identity; undefined for EKS's. */
  readonly tokenFile: string | undefined;
}

/** A virtual machine, and everything that the rules read. */
export interface CheckContext {
  /** With what the admission policy adds, or would add without a mistake. */
  readonly virtualMachine: VirtualMachine;
  readonly admission: ManifestAdmission;
  readonly vmi: Vmi;
  readonly sidecars: HookSidecars;
  /** The options from the args of our sidecar; the defaults if the args are not valid. */
  readonly options: ServeOptions;
  /** The hook points to which the sidecar subscribes if the pod has a role. */
  readonly hookPoints: ReadonlySet<string>;
  readonly share: TokenShare | MissingShare;
  readonly identity: Identity;
  readonly cloudInit: ManifestCloudInit | undefined;
  readonly sysprep: ManifestSysprep | undefined;
  /** What the hooks would do if the pod has a role, or why they would fail. */
  readonly plan: ManifestPlan | PlanFailure;
  readonly serviceAccount: UsedServiceAccount;
  /** All manifests that were given. */
  readonly manifests: readonly Manifest[];
  /** The cluster's KubeVirt, or the HyperConverged object that configures it, if a manifest was given. */
  readonly kubevirt: Manifest | undefined;
  /** The IRSA mutation webhook, if its manifest was given. */
  readonly webhook: Manifest | undefined;
  readonly webhookOptions: WebhookOptions;
}

/**
 * Collects what the rules read about a virtual machine.
 *
 * @param manifests All manifests that were given.
 */
export function checkContext(
  written: VirtualMachine,
  manifests: readonly Manifest[],
  webhookOptions: WebhookOptions,
): CheckContext {
  const kubevirt = manifests.find(({ kind }) => kind === "KubeVirt") ??
    manifests.find(isHyperConverged);
  const admission = admissionOf(written, manifests, {
    isBefore19: isOlderThan(kubevirt, versionNumber(1, 9)),
  });
  const virtualMachine = { ...written, vmi: admission.intended };
  const vmi = readVmi(virtualMachine.vmi);
  const assumed = assumedIdentity({
    environment: {},
    kind: admission.identity,
    tokenFile: webhookOptions.tokenFile,
  });
  const { identity } = assumed;
  const plan = planManifest(virtualMachine, assumed, [], manifests);
  const options = plan.kind === "args refused" ? serveOptionsOf([]) : plan.options;
  return {
    virtualMachine,
    admission,
    vmi,
    sidecars: hookSidecars(virtualMachine.vmi),
    options,
    hookPoints: hookPointsOf(options, true),
    share: findTokenShare(vmi, identity, options.webhookShare),
    identity,
    cloudInit: manifestCloudInit(virtualMachine, manifests),
    sysprep: manifestSysprep(virtualMachine, manifests),
    plan,
    serviceAccount: usedServiceAccount(virtualMachine.vmi),
    manifests,
    kubevirt,
    webhook: findWebhook(manifests, virtualMachine.manifest.namespace),
    webhookOptions,
  };
}

/** Whether the domain can give the guest its role, as far as the manifests say. */
export function canDomainDeliver({ plan }: CheckContext): boolean {
  return plan.kind === "planned" && reasonAgainstDomain(plan) === undefined;
}

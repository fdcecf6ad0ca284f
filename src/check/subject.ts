import { type ServeOptions, UsageError } from "../cli.ts";
import { sidecarInfo } from "../hooks/info.ts";
import type { Identity } from "../identity/identity.ts";
import { findTokenShare, type TokenShare } from "../identity/share.ts";
import { InvalidInput } from "../invalid_input.ts";
import { readVmi, type Vmi } from "../kubevirt/vmi.ts";
import { type ManifestCloudInit, manifestCloudInit } from "../manifest/cloud_init.ts";
import { type HookSidecars, hookSidecars, ourSidecar } from "../manifest/hook_sidecars.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";
import { type UsedServiceAccount, usedServiceAccount } from "../manifest/service_account.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { previewIdentity } from "../preview/identity.ts";
import { planPreview, type PreviewPlan, serveOptionsOf } from "../preview/plan.ts";
import type { Finding } from "./finding.ts";

/** A virtual machine with all that the rules look at. */
export interface Subject {
  readonly virtualMachine: VirtualMachine;
  readonly vmi: Vmi;
  readonly sidecars: HookSidecars;
  /** Of our sidecar's args, or the defaults where it has none that can be understood. */
  readonly options: ServeOptions;
  /** Why our sidecar's args cannot be understood. */
  readonly argsProblem: string | undefined;
  readonly hookPoints: ReadonlySet<string>;
  readonly share: TokenShare;
  readonly identity: Identity;
  readonly cloudInit: ManifestCloudInit | undefined;
  /** What the hooks would do, or why they would fail. */
  readonly plan: PreviewPlan | { readonly failure: string };
  readonly serviceAccount: UsedServiceAccount;
  /** Everything that was given beside the virtual machine. */
  readonly manifests: readonly Manifest[];
  /** The cluster's KubeVirt, if its manifest was given. */
  readonly kubevirt: Manifest | undefined;
}

/** One rule: what it finds wrong with a subject, or nothing. */
export type Rule = (subject: Subject) => readonly Finding[];

/** Looks at a virtual machine, among all the manifests that were given. */
export function subjectOf(virtualMachine: VirtualMachine, manifests: readonly Manifest[]): Subject {
  const vmi = readVmi(virtualMachine.vmi);
  const sidecars = hookSidecars(virtualMachine.vmi);
  const { options, problem } = understoodOptions(ourSidecar(sidecars)?.args ?? []);
  const { identity } = previewIdentity({
    environment: {},
    roleArn: undefined,
    region: undefined,
    serviceAccount: undefined,
  });
  return {
    virtualMachine,
    vmi,
    sidecars,
    options,
    argsProblem: problem,
    hookPoints: new Set(
      sidecarInfo(options.versions, options.hooks, true).hookPoints.map(({ name }) => name),
    ),
    share: findTokenShare(vmi, identity, options.webhookShare),
    identity,
    cloudInit: manifestCloudInit(virtualMachine.vmi),
    plan: problem === undefined ? plan(virtualMachine, identity) : { failure: problem },
    serviceAccount: usedServiceAccount(virtualMachine.vmi),
    manifests,
    kubevirt: manifests.find(({ kind }) => kind === "KubeVirt"),
  };
}

/**
 * A finding in the virtual machine's own manifest.
 *
 * @param below The way below the VMI's `metadata` and `spec`.
 */
export function findingAt(
  { virtualMachine: { manifest, vmiPath } }: Subject,
  below: Path,
  finding: Omit<Finding, "manifest" | "path">,
): Finding {
  return { ...finding, manifest, path: [...vmiPath, ...below] };
}

function understoodOptions(args: readonly string[]): {
  readonly options: ServeOptions;
  readonly problem: string | undefined;
} {
  try {
    return { options: serveOptionsOf(args), problem: undefined };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { options: serveOptionsOf([]), problem: error.message };
  }
}

function plan(virtualMachine: VirtualMachine, identity: Identity): Subject["plan"] {
  try {
    return planPreview(virtualMachine, identity, []);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { failure: error.message };
  }
}

import { type ServeOptions, UsageError } from "../../cli/command_line.ts";
import { sidecarInfo } from "../../hooks/info.ts";
import type { Identity } from "../../identity/identity.ts";
import { findTokenShare, type TokenShare } from "../../identity/share.ts";
import { InvalidInput } from "../../text/invalid_input.ts";
import { type JsonObject, objectMember, objectsMember } from "../../text/json.ts";
import { readVmi, type Vmi } from "../../kubevirt/vmi.ts";
import { type ManifestCloudInit, manifestCloudInit } from "../manifest/cloud_init.ts";
import {
  HOOK_SIDECARS_ANNOTATION,
  type HookSidecars,
  hookSidecars,
  ourSidecar,
} from "../manifest/hook_sidecars.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";
import { type UsedServiceAccount, usedServiceAccount } from "../manifest/service_account.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { previewIdentity } from "../manifest_plan/assumed_identity.ts";
import {
  type FailureOrigin,
  failureOrigin,
  type PlannedIdentity,
  planPreview,
  type PreviewPlan,
  serveOptionsOf,
} from "../manifest_plan/manifest_plan.ts";
import type { Finding } from "./finding.ts";
import { findWebhook } from "./webhook.ts";

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
  readonly plan: PreviewPlan | Failure;
  readonly serviceAccount: UsedServiceAccount;
  /** Everything that was given beside the virtual machine. */
  readonly manifests: readonly Manifest[];
  /** The cluster's KubeVirt, if its manifest was given. */
  readonly kubevirt: Manifest | undefined;
  /** The IRSA mutation webhook, if its manifest was given. */
  readonly webhook: Manifest | undefined;
}

/** Why the sidecar would fail, and because of what. */
export interface Failure {
  readonly failure: string;
  readonly origin: FailureOrigin;
}

/** One rule: what it finds wrong with a subject, or nothing. */
export type Rule = (subject: Subject) => readonly Finding[];

/** Looks at a virtual machine, among all the manifests that were given. */
export function subjectOf(virtualMachine: VirtualMachine, manifests: readonly Manifest[]): Subject {
  const vmi = readVmi(virtualMachine.vmi);
  const sidecars = hookSidecars(virtualMachine.vmi);
  const { options, problem } = understoodOptions(ourSidecar(sidecars)?.args ?? []);
  const planned = previewIdentity({
    environment: {},
    roleArn: undefined,
    region: undefined,
    serviceAccount: undefined,
  });
  const { identity } = planned;
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
    cloudInit: manifestCloudInit(virtualMachine, manifests),
    plan: problem === undefined
      ? plan(virtualMachine, planned, options, manifests)
      : { failure: problem, origin: "args" },
    serviceAccount: usedServiceAccount(virtualMachine.vmi),
    manifests,
    kubevirt: manifests.find(({ kind }) => kind === "KubeVirt"),
    webhook: findWebhook(manifests, virtualMachine.manifest.namespace),
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

/** The volumes of the VMI. */
export function volumesOf({ virtualMachine: { vmi } }: Subject): readonly JsonObject[] {
  return objectsMember(objectMember(vmi, "spec"), "volumes");
}

/** The disks of the VMI. */
export function disksOf({ virtualMachine: { vmi } }: Subject): readonly JsonObject[] {
  const domain = objectMember(objectMember(vmi, "spec"), "domain");
  return objectsMember(objectMember(domain, "devices"), "disks");
}

/** A finding in the annotation of the sidecars, at a character of it if that is known. */
export function findingInAnnotation(
  subject: Subject,
  character: number | undefined,
  finding: Omit<Finding, "manifest" | "path" | "character">,
): Finding {
  return findingAt(subject, ["metadata", "annotations", HOOK_SIDECARS_ANNOTATION], {
    ...finding,
    character,
  });
}

/** A finding in the user data, wherever that stands; at a character of it if that is known. */
export function findingInUserData(
  subject: Subject,
  character: number | undefined,
  finding: Omit<Finding, "manifest" | "path" | "character">,
): Finding {
  const { cloudInit } = subject;
  if (cloudInit === undefined) return findingAt(subject, ["spec", "volumes"], finding);
  const { userData, index, source } = cloudInit;
  if (userData.kind !== "given") {
    return findingAt(subject, ["spec", "volumes", index, source], finding);
  }
  const { manifest, path, isPlain } = userData;
  return { ...finding, manifest, path, character: isPlain ? character : undefined };
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

function plan(
  virtualMachine: VirtualMachine,
  identity: PlannedIdentity,
  options: ServeOptions,
  manifests: readonly Manifest[],
): Subject["plan"] {
  try {
    return planPreview(virtualMachine, identity, [], manifests);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return {
      failure: error.message,
      origin: failureOrigin(virtualMachine, identity, options),
    };
  }
}

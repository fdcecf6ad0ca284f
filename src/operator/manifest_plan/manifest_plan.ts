import { parseCommandLine, type ServeOptions, UsageError } from "../../cli/command_line.ts";
import { type CloudInitFields, parseCloudInitData } from "../../cloud_init/data.ts";
import { sidecarInfo } from "../../hooks/info.ts";
import { onDefineDomain } from "../../hooks/on_define_domain.ts";
import { notesOn } from "../../hooks/pre_cloud_init_iso.ts";
import { parseVmi } from "../../kubevirt/vmi.ts";
import type { Note } from "../../log/note.ts";
import { type GuestPlan, planGuest } from "../../plan/guest_plan.ts";
import { type InputSource, InvalidInput } from "../../text/invalid_input.ts";
import { type ManifestCloudInit, manifestCloudInit } from "../manifest/cloud_init.ts";
import { hookSidecars, ourSidecar } from "../manifest/hook_sidecars.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { assumedDomain } from "./assumed_domain.ts";
import type { AssumedIdentity } from "./assumed_identity.ts";

/** What the sidecar would do to one virtual machine. The variables in it may be secrets. */
export interface ManifestPlan {
  readonly kind: "planned";
  readonly virtualMachine: VirtualMachine;
  /** Whether the pod has a role, or nothing is known of its service account. */
  readonly hasRole: boolean;
  /** The hook points that the sidecar would subscribe to. */
  readonly hookPoints: ReadonlySet<string>;
  readonly options: ServeOptions;
  readonly guest: GuestPlan;
  readonly cloudInit: ManifestCloudInit | undefined;
  readonly domain: { readonly before: string; readonly after: string };
  readonly notes: readonly Note[];
}

/** Why there is no plan. */
export type PlanFailure =
  /** The sidecar would not start. */
  | { readonly kind: "args refused"; readonly message: string }
  /** A hook would fail, and the start of the VM with it. */
  | {
    readonly kind: "hook fails";
    readonly message: string;
    readonly source: InputSource;
    readonly options: ServeOptions;
  };

/** What a VMI without a cloud-init volume has, so that the rest can be decided nevertheless. */
const NO_CLOUD_INIT: CloudInitFields = {
  cloudInitData: new Uint8Array(),
  cloudInitNoCloudSource: new TextEncoder().encode("{}"),
};

/**
 * Decides what `serve` would decide, for a manifest.
 *
 * @param serveArguments Win over the args in the manifest's own annotation.
 * @param manifests Where a Secret with the user data may be.
 */
export function planManifest(
  virtualMachine: VirtualMachine,
  identity: Pick<AssumedIdentity, "identity" | "hasRole">,
  serveArguments: readonly string[],
  manifests: readonly Manifest[],
): ManifestPlan | PlanFailure {
  let options: ServeOptions;
  try {
    options = serveOptionsOf([
      ...ourSidecar(hookSidecars(virtualMachine.vmi))?.args ?? [],
      ...serveArguments,
    ]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: "args refused", message: error.message };
  }
  try {
    return plan(virtualMachine, identity, options, manifestCloudInit(virtualMachine, manifests));
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { kind: "hook fails", message: error.message, source: error.source, options };
  }
}

function plan(
  virtualMachine: VirtualMachine,
  { identity, hasRole }: Pick<AssumedIdentity, "identity" | "hasRole">,
  options: ServeOptions,
  cloudInit: ManifestCloudInit | undefined,
): ManifestPlan {
  const hookPoints = hookPointsOf(options, hasRole);
  const vmi = new TextEncoder().encode(JSON.stringify(virtualMachine.vmi));
  const cloudInitData = parseCloudInitData(cloudInit?.fields ?? NO_CLOUD_INIT);
  const guest = planGuest(parseVmi(vmi), cloudInitData, identity, options);
  const before = assumedDomain(virtualMachine.vmi);
  const decision = hookPoints.has("OnDefineDomain")
    ? onDefineDomain({ domainXML: before, vmi }, { ...options, identity })
    : { result: () => ({ domainXML: before }), notes: [] };
  const decoder = new TextDecoder();
  return {
    kind: "planned",
    virtualMachine,
    hasRole,
    hookPoints,
    options,
    guest,
    cloudInit,
    domain: { before: decoder.decode(before), after: decoder.decode(decision.result().domainXML) },
    notes: [
      ...(hookPoints.has("PreCloudInitIso") && cloudInit !== undefined ? notesOn(guest) : []),
      ...decision.notes,
    ],
  };
}

/** The hook points that the sidecar would subscribe to. Without a role it has nothing to do at any of them. */
export function hookPointsOf(options: ServeOptions, hasRole: boolean): ReadonlySet<string> {
  const hooks = hasRole ? options.hooks : [];
  return new Set(
    sidecarInfo(options.versions, hooks, hasRole).hookPoints.map(({ name }) => name),
  );
}

/**
 * The options that a sidecar's args amount to.
 *
 * @throws {UsageError} if they are none of `serve`.
 */
export function serveOptionsOf(args: readonly string[]): ServeOptions {
  const command = parseCommandLine(args);
  if (command.name !== "serve") {
    throw new UsageError(
      `The args of the sidecar run ${command.name}. Valid is: serve, or no command at all.`,
    );
  }
  return command.options;
}

import { Buffer } from "node:buffer";
import { parseCommandLine, type ServeOptions, UsageError } from "../../cli/command_line.ts";
import type { CloudInitFields, CloudInitPieces } from "../../cloud_init/data.ts";
import type { HookContext } from "../../hooks/decision.ts";
import { sidecarInfo } from "../../hooks/info.ts";
import { onDefineDomain } from "../../hooks/on_define_domain.ts";
import { type GuestPlan, planGuest, preCloudInitIso } from "../../hooks/pre_cloud_init_iso.ts";
import type { Identity } from "../../identity/identity.ts";
import { InvalidInput } from "../../text/invalid_input.ts";
import { type ManifestCloudInit, manifestCloudInit } from "../manifest/cloud_init.ts";
import { hookSidecars, ourSidecar } from "../manifest/hook_sidecars.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import type { Note } from "../../log/note.ts";
import { previewDomain } from "./assumed_domain.ts";
import { maskSecrets, type PreviewIdentity } from "./assumed_identity.ts";

/** What the sidecar would do to one virtual machine. No value in it is a secret of the role's. */
export interface PreviewPlan {
  readonly virtualMachine: VirtualMachine;
  /** Whether the pod has a role, or nothing is known of its service account. */
  readonly hasRole: boolean;
  /** The hook points that the sidecar would subscribe to. */
  readonly hookPoints: ReadonlySet<string>;
  readonly options: ServeOptions;
  readonly guest: GuestPlan;
  readonly cloudInit: ManifestCloudInit | undefined;
  /** The user data that the guest's disk gets; absent where PreCloudInitIso does not come to it. */
  readonly userData: string | undefined;
  readonly domain: { readonly before: string; readonly after: string };
  readonly notes: readonly Note[];
}

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
 * @throws {UsageError} if the annotation's args are none of `serve`.
 * @throws {InvalidInput} if a hook would fail, and the VM's start with it.
 */
export function planPreview(
  virtualMachine: VirtualMachine,
  identity: PlannedIdentity,
  serveArguments: readonly string[],
  manifests: readonly Manifest[],
): PreviewPlan {
  const options = serveOptionsOf([
    ...ourSidecar(hookSidecars(virtualMachine.vmi))?.args ?? [],
    ...serveArguments,
  ]);
  return plan(virtualMachine, identity, options, manifestCloudInit(virtualMachine, manifests));
}

/** The identity that is planned with, and whether the pod has it. */
export type PlannedIdentity = Pick<PreviewIdentity, "identity" | "hasRole">;

/** What a plan failed because of. */
export type FailureOrigin = "args" | "user data" | "VMI";

/** Finds what a plan failed because of: it does not fail without that. */
export function failureOrigin(
  virtualMachine: VirtualMachine,
  identity: PlannedIdentity,
  options: ServeOptions,
): FailureOrigin {
  const works = (candidate: ServeOptions) => {
    try {
      plan(virtualMachine, identity, candidate, undefined);
      return true;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return false;
    }
  };
  if (works(options)) return "user data";
  return works(serveOptionsOf([])) ? "args" : "VMI";
}

function plan(
  virtualMachine: VirtualMachine,
  { identity, hasRole }: PlannedIdentity,
  options: ServeOptions,
  cloudInit: ManifestCloudInit | undefined,
): PreviewPlan {
  const { vmi } = virtualMachine;
  // Without a role a hook that is asked nevertheless hands back what it got.
  const hooks = hasRole ? options.hooks : [];
  const hookPoints = new Set(
    sidecarInfo(options.versions, hooks, hasRole).hookPoints.map(({ name }) => name),
  );
  const encodedVmi = new TextEncoder().encode(JSON.stringify(vmi));
  const params = { ...(cloudInit?.fields ?? NO_CLOUD_INIT), vmi: encodedVmi };

  // What is shown must hold no secret, and what is decided must be decided with the real values.
  const decided = planGuest(params, identity, { ...options, identity });
  const masked = withoutSecrets(identity, decided);
  const shown: HookContext = { ...options, identity: masked };
  const guest = { ...planGuest(params, masked, shown), leftOut: decided.leftOut };

  const notes: Note[] = [];
  let userData: string | undefined;
  if (hookPoints.has("PreCloudInitIso") && cloudInit !== undefined) {
    notes.push(...preCloudInitIso(params, { ...options, identity }).notes);
    if (cloudInit.userData.kind !== "secret") {
      userData = userDataOf(preCloudInitIso(params, shown).result());
    }
  }
  const before = previewDomain(vmi);
  const decision = hookPoints.has("OnDefineDomain")
    ? onDefineDomain({ domainXML: before, vmi: encodedVmi }, shown)
    : { result: () => ({ domainXML: before }), notes: [] };
  const decoder = new TextDecoder();
  return {
    virtualMachine,
    hasRole,
    hookPoints,
    options,
    guest,
    cloudInit,
    userData,
    domain: { before: decoder.decode(before), after: decoder.decode(decision.result().domainXML) },
    notes: [...notes, ...decision.notes],
  };
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

/** The identity to show: masked, and without the variables that the guest does not get. */
function withoutSecrets(identity: Identity, { leftOut }: GuestPlan): Identity {
  const masked = maskSecrets(identity);
  const gone = new Set(leftOut.map(({ variable }) => variable));
  return {
    ...masked,
    variables: new Map([...masked.variables].filter(([name]) => !gone.has(name))),
  };
}

function userDataOf({ cloudInitData }: CloudInitPieces): string {
  const text = new TextDecoder().decode(Buffer.concat(cloudInitData));
  const data: { readonly UserData?: unknown } = JSON.parse(text);
  return typeof data.UserData === "string" ? data.UserData : "";
}

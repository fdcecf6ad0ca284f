import { parseCommandLine, type ServeOptions, UsageError } from "../../cli/command_line.ts";
import { type CloudInitData, parseCloudInitData } from "../../cloud_init/data.ts";
import { type Addition, patchDomain } from "../../domain/patch.ts";
import { sidecarInfo } from "../../hooks/info.ts";
import { onDefineDomain } from "../../hooks/on_define_domain.ts";
import { notesOn } from "../../hooks/pre_cloud_init_iso.ts";
import { findTokenShare } from "../../identity/share.ts";
import { parseVmi, type Vmi } from "../../kubevirt/vmi.ts";
import type { Note } from "../../log/note.ts";
import {
  type GuestPlan,
  planGuest,
  type PlannedOemStrings,
  plannedOemStrings,
  type SharedRole,
} from "../../plan/guest_plan.ts";
import { type InputSource, InvalidInput } from "../../text/invalid_input.ts";
import {
  type ManifestCloudInit,
  manifestCloudInit,
  type ManifestUserData,
} from "../manifest/cloud_init.ts";
import { hookSidecars, ourSidecar } from "../manifest/hook_sidecars.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { assumedDomain } from "./assumed_domain.ts";
import type { AssumedIdentity } from "./assumed_identity.ts";

/** What the sidecar would do to a virtual machine. Values of variables in it may be secrets. */
export interface ManifestPlan {
  readonly kind: "planned";
  readonly virtualMachine: VirtualMachine;
  /** Whether the service account has a role, or is unknown. */
  readonly hasRole: boolean;
  /** The hook points to which the sidecar would subscribe. */
  readonly hookPoints: ReadonlySet<string>;
  readonly options: ServeOptions;
  readonly guest: GuestPlan;
  readonly cloudInit: ManifestCloudInit | undefined;
  readonly domain: { readonly before: string; readonly after: string };
  /** What the domain's OEM strings carry, and what becomes of them. */
  readonly oemStrings: PlannedOemStrings & { readonly addition: Addition };
  readonly notes: readonly Note[];
}

/** Why there is no plan: the VM would not start, or its guest would get no role. */
export type PlanFailure =
  /** The sidecar would end, because its args are not valid. */
  | { readonly kind: "args refused"; readonly message: string }
  /** The guest could not reach the token. */
  | {
    readonly kind: "no share";
    readonly message: string;
    /** Not if it shares a folder that the pod does not have. */
    readonly startsVm: boolean;
    readonly options: ServeOptions;
  }
  /** A hook would answer with this error. */
  | {
    readonly kind: "hook fails";
    readonly message: string;
    readonly source: InputSource;
    readonly options: ServeOptions;
  };

/**
 * Plans for a manifest what `serve` would do.
 *
 * @param serveArguments Flags of `serve`, which override the args in the manifest's annotation.
 * @param manifests All manifests that were given. The user data may be in a Secret among them.
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
): ManifestPlan | PlanFailure {
  const hookPoints = hookPointsOf(options, hasRole);
  const vmi = new TextEncoder().encode(JSON.stringify(virtualMachine.vmi));
  const parsedVmi = parseVmi(vmi);
  const share = findTokenShare(parsedVmi, identity, options.webhookShare);
  if (share.kind === "missing") {
    const startsVm = !share.sharesOtherFolder;
    const consequence = startsVm ? "The guest gets no role" : "KubeVirt finds no folder to share";
    return { kind: "no share", message: `${consequence}: ${share.reason}.`, startsVm, options };
  }
  const guest = guestPlan(parsedVmi, cloudInit, { identity, share }, options, hookPoints);
  const before = assumedDomain(virtualMachine.vmi);
  const decision = hookPoints.has("OnDefineDomain")
    ? onDefineDomain({ domainXML: before, vmi }, { ...options, identity })
    : { result: () => ({ domainXML: before }), notes: [] };
  const oemStrings = plannedOemStrings(
    hookPoints.has("OnDefineDomain") ? guest : { ...guest, domainDelivery: "never" },
  );
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
    oemStrings: { ...oemStrings, addition: patchDomain(before, oemStrings).oemStrings },
    notes: [
      ...(hookPoints.has("PreCloudInitIso") && cloudInit !== undefined ? notesOn(guest) : []),
      ...decision.notes,
    ],
  };
}

/** User data that virt-launcher does not pass to the sidecar cannot make it fail. */
function guestPlan(
  vmi: Vmi,
  cloudInit: ManifestCloudInit | undefined,
  role: SharedRole,
  options: ServeOptions,
  hookPoints: ReadonlySet<string>,
): GuestPlan {
  const plan = (userData: ManifestUserData | undefined) =>
    planGuest(vmi, cloudInitDataOf(userData), role, options);
  try {
    return plan(cloudInit?.userData);
  } catch (error) {
    const isPassed = hookPoints.has("PreCloudInitIso");
    if (!(error instanceof InvalidInput) || error.source !== "cloud-init data" || isPassed) {
      throw error;
    }
    return plan(undefined);
  }
}

/** The cloud-init data that virt-launcher sends. What is not UTF-8 becomes U+FFFD in it, as in Go's JSON. */
function cloudInitDataOf(userData: ManifestUserData | undefined): CloudInitData {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const UserData = userData?.kind === "given" ? decoder.decode(userData.bytes) : "";
  return parseCloudInitData({
    cloudInitData: new TextEncoder().encode(JSON.stringify({ UserData })),
    cloudInitNoCloudSource: new Uint8Array(),
  });
}

/** The hook points to which the sidecar would subscribe. Without a role it would change nothing at any of them. */
export function hookPointsOf(options: ServeOptions, hasRole: boolean): ReadonlySet<string> {
  const hooks = hasRole ? options.hooks : [];
  return new Set(
    sidecarInfo({ ...options, hooks }, hasRole).hookPoints.map(({ name }) => name),
  );
}

/**
 * Parses the args of a sidecar.
 *
 * @throws {UsageError} if they are not valid for `serve`.
 */
export function serveOptionsOf(args: readonly string[]): ServeOptions {
  const command = parseCommandLine(args);
  if (command.name !== "serve") {
    throw new UsageError(
      `The args of the sidecar run ${command.name}. Use serve, or no command.`,
    );
  }
  return command.options;
}

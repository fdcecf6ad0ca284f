import { readForCloudInit } from "../cloud_init/cloud_init_reader.ts";
import { readForCloudbaseInit } from "../cloud_init/cloudbase_init_reader.ts";
import {
  type CloudInitData,
  type CloudInitFields,
  type CloudInitPieces,
  originalUserData,
  parseCloudInitData,
  withUserData,
} from "../cloud_init/data.ts";
import { type Injection, injectUserData } from "../cloud_init/inject.ts";
import { asText, type Reader, unpack, type UserData } from "../cloud_init/user_data.ts";
import { userDataWitness } from "../cloud_init/os_hint.ts";
import type { Guest, GuestParts } from "../guest/guest.ts";
import { linuxGuest } from "../guest/linux/guest.ts";
import { type GuestVariables, guestVariables } from "../guest/variables.ts";
import { windowsGuest } from "../guest/windows/guest.ts";
import type { Identity } from "../identity/identity.ts";
import { findTokenShare, type TokenShare } from "../identity/share.ts";
import { InvalidInput } from "../text/invalid_input.ts";
import { detectGuestOs, type GuestOs, type GuestOsVerdict } from "../kubevirt/guest_os.ts";
import { parseVmi, type Vmi } from "../kubevirt/vmi.ts";
import type { Note } from "../log/note.ts";
import type { Decision, HookContext } from "./decision.ts";

/** What virt-launcher hands to PreCloudInitIso. */
export interface PreCloudInitIsoParams extends CloudInitFields {
  /** The VMI, JSON in UTF-8. */
  readonly vmi: Uint8Array;
}

/** A guest, and what reads its user data. */
interface Target {
  readonly guest: Guest;
  readonly read: Reader;
}

const TARGETS: Readonly<Record<GuestOs, Target>> = {
  linux: { guest: linuxGuest, read: readForCloudInit },
  windows: { guest: windowsGuest, read: readForCloudbaseInit },
};

/** Everything that is decided about a guest, before it is written down for virt-launcher. */
export interface GuestPlan extends GuestVariables {
  readonly verdict: GuestOsVerdict;
  readonly share: TokenShare;
  /** Where the guest mounts the share. */
  readonly mountPath: string;
  /** Our parts of the user data. */
  readonly parts: GuestParts;
  readonly cloudInit: CloudInitData;
  /** The user data as the VM's owner wrote it. */
  readonly original: Uint8Array;
  readonly injection: Injection;
}

/**
 * Decides the cloud-init data that virt-launcher is to put on the guest's disk: the one that it has, with
 * parts of ours around it that give the guest the role.
 *
 * @throws {InvalidInput} if the VMI or the cloud-init data cannot be read, or the guest cannot be served.
 */
export function preCloudInitIso(
  params: PreCloudInitIsoParams,
  context: HookContext,
): Decision<CloudInitPieces> {
  const unchanged: CloudInitPieces = {
    cloudInitData: [params.cloudInitData],
    cloudInitNoCloudSource: [params.cloudInitNoCloudSource],
  };
  const { identity } = context;
  if (identity === undefined) return { result: () => unchanged, notes: [] };

  const { verdict, injection, original, cloudInit, variables, leftOut } = planGuest(
    params,
    identity,
    context,
  );
  const guest = { guestOS: verdict.os, evidence: verdict.evidence };

  if (injection.kind === "untouched") {
    assertUndamaged(original, cloudInit, injection.reason);
    return {
      result: () => unchanged,
      notes: [{
        level: "warning",
        message:
          `The user data stays as it is, and the guest gets no role, because ${injection.reason}.`,
        fields: guest,
      }],
    };
  }
  return {
    result: () => withUserData(cloudInit, injection.userData),
    notes: [
      {
        level: "info",
        message: "The guest gets the role through its cloud-init data.",
        fields: {
          ...guest,
          userData: injection.format,
          variables: [...variables.keys()].join(" "),
        },
      },
      ...leftOut.map(({ variable, reason }): Note => ({
        level: "warning",
        message: `The guest does not get the variable ${variable}: ${reason}.`,
      })),
    ],
  };
}

function guestOs(context: HookContext, vmi: Vmi, userData: UserData | undefined): GuestOsVerdict {
  return context.os === undefined
    ? detectGuestOs(vmi, () => userData && userDataWitness(userData.bytes))
    : { os: context.os, evidence: "the flag --os" };
}

/**
 * Decides about a guest whose pod has a role.
 *
 * @throws {InvalidInput} if the VMI or the cloud-init data cannot be read, or the guest cannot be served.
 */
export function planGuest(
  params: PreCloudInitIsoParams,
  identity: Identity,
  context: HookContext,
): GuestPlan {
  const vmi = parseVmi(params.vmi);
  const cloudInit = parseCloudInitData(params);
  const original = originalUserData(cloudInit, vmi);
  const userData = unpack(original);
  const verdict = guestOs(context, vmi, userData);
  const { guest, read } = TARGETS[verdict.os];
  const { tokenReaders } = context;
  const mountPath = context.mountPath ?? guest.defaultMountPath(tokenReaders);
  const problem = guest.optionProblem({ mountPath, tokenReaders });
  if (problem !== undefined) {
    throw new InvalidInput(
      `The flag ${problem}. Mend the args of the sidecar in the annotation hooks.kubevirt.io/hookSidecars, ` +
        "or name the guest with --os.",
    );
  }
  const share = findTokenShare(vmi, identity, context.webhookShare);
  const { variables, leftOut } = guestVariables(identity, guest);
  const parts = guest.parts({
    mountTag: share.tag,
    mountPath,
    tokenName: identity.tokenName,
    tokenReaders,
    variables,
  });
  const injection = injectUserData(userData, parts, read);
  return { verdict, share, mountPath, variables, leftOut, parts, cloudInit, original, injection };
}

/** User data that was damaged on its way to us must not go back as if it were whole. */
function assertUndamaged(original: Uint8Array, cloudInit: CloudInitData, reason: string): void {
  if (asText(original) === cloudInit.userData) return;
  throw new InvalidInput(
    `The user data is not text, which KubeVirt cannot hand to a hook undamaged, and ${reason}: start ` +
      "the sidecar with --hooks onDefineDomain and set up the guest yourself.",
  );
}

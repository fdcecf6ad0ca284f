import {
  type CloudInitFields,
  type CloudInitPieces,
  parseCloudInitData,
  withUserData,
} from "../cloud_init/data.ts";
import { findTokenShare } from "../identity/share.ts";
import { parseVmi } from "../kubevirt/vmi.ts";
import type { Note } from "../log/note.ts";
import { type GuestPlan, planGuest, plannedUserData } from "../plan/guest_plan.ts";
import type { Decision, HookContext } from "./decision.ts";
import { missingShareNote, notesOnAgent, notesOnLeftOut } from "./notes.ts";

/** The request of PreCloudInitIso. */
export interface PreCloudInitIsoParams extends CloudInitFields {
  /** The VMI, JSON in UTF-8. */
  readonly vmi: Uint8Array;
}

/**
 * Adds the parts that give the guest the role to the user data that virt-launcher writes to the cloud-init disk.
 *
 * @throws {InvalidInput} if the VMI or the cloud-init data cannot be read, or {@link planGuest} refuses them.
 */
export function preCloudInitIso(
  params: PreCloudInitIsoParams,
  { identity, ...options }: HookContext,
): Decision<CloudInitPieces> {
  const unchanged: CloudInitPieces = {
    cloudInitData: [params.cloudInitData],
    cloudInitNoCloudSource: [params.cloudInitNoCloudSource],
  };
  if (identity === undefined) return { result: () => unchanged, notes: [] };
  const vmi = parseVmi(params.vmi);
  const share = findTokenShare(vmi, identity, options.webhookShare);
  if (share.kind === "missing") {
    return { result: () => unchanged, notes: [missingShareNote(share)] };
  }
  const cloudInit = parseCloudInitData(params);
  const plan = planGuest(vmi, cloudInit, { identity, share }, options);
  const userData = plannedUserData(plan);
  return {
    result: () => userData === undefined ? unchanged : withUserData(cloudInit, userData),
    notes: notesOn(plan),
  };
}

/** The notes on a plan for the log. */
export function notesOn(
  { os, embedding, settings, leftOut, agentAccess, domainDelivery }: GuestPlan,
): readonly Note[] {
  const guest = { guestOS: os.os, evidence: os.evidence };
  if (embedding.kind === "untouched") {
    // Whether the guest takes the role from the domain instead, nobody knows before it starts.
    const here = domainDelivery === "never" ? "" : " from it";
    return [{
      level: "warning",
      message:
        `The user data is not changed, and the guest gets no role${here}, because ${embedding.reason}.`,
      fields: guest,
    }];
  }
  return [
    {
      level: "info",
      message: "The guest gets the role through its cloud-init data.",
      fields: {
        ...guest,
        userData: embedding.kind === "empty" ? "empty" : embedding.format,
        variables: [...settings.variables.keys()].join(" "),
      },
    },
    ...notesOnLeftOut(leftOut),
    ...notesOnAgent(agentAccess),
  ];
}

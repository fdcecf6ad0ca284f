import { type Addition, patchDomain, type PatchedDomain } from "../domain/patch.ts";
import { findTokenShare, type TokenShare } from "../identity/share.ts";
import { parseVmi, type Vmi } from "../kubevirt/vmi.ts";
import type { Note } from "../log/note.ts";
import {
  type GuestPlan,
  planGuestOfVmi,
  type PlannedOemStrings,
  plannedOemStrings,
  type SharedRole,
} from "../plan/guest_plan.ts";
import type { Delivery, VmOptions } from "../plan/options.ts";
import { InvalidInput } from "../text/invalid_input.ts";
import { truncate } from "../text/truncate.ts";
import type { Decision, HookContext } from "./decision.ts";
import { missingShareNote, notesOnAgent, notesOnLeftOut } from "./notes.ts";

/** The request of OnDefineDomain. */
export interface OnDefineDomainParams {
  /** The libvirt domain, XML in UTF-8. */
  readonly domainXML: Uint8Array;
  /** The VMI, JSON in UTF-8. */
  readonly vmi: Uint8Array;
}

/**
 * Adds the device for the token's share to the domain that virt-launcher is about to define, and the OEM strings that
 * give a Linux guest the role where cloud-init does not.
 *
 * @throws {InvalidInput} if the VMI cannot be read, or the domain cannot be read and has to get the device.
 */
export function onDefineDomain(
  { domainXML, vmi }: OnDefineDomainParams,
  { identity, ...options }: HookContext,
): Decision<Pick<OnDefineDomainParams, "domainXML">> {
  if (identity === undefined) return { result: () => ({ domainXML }), notes: [] };
  const parsedVmi = parseVmi(vmi);
  const share = findTokenShare(parsedVmi, identity, options.webhookShare);
  if (share.kind === "missing") {
    return { result: () => ({ domainXML }), notes: [missingShareNote(share)] };
  }
  const strings = plannedStrings(parsedVmi, { identity, share }, options);
  const oemStrings = strings.kind === "planned" ? strings.oemStrings : [];
  const patched = share.kind === "webhook"
    ? patchDomain(domainXML, { device: share, oemStrings })
    : addOnlyStrings(domainXML, oemStrings);
  return {
    result: () => ({ domainXML: patched.xml }),
    notes: [
      {
        level: "info",
        message: deviceMessage(share, patched),
        // The tag may be the name of a volume, which can be of any length.
        fields: { tag: truncate(share.tag) },
      },
      ...strings.kind === "planned"
        ? notesOnStrings(patched.oemStrings, strings, options.delivery)
        : [refusedNote(strings.reason, true)],
    ],
  };
}

type PlannedStrings =
  & PlannedOemStrings
  & Pick<GuestPlan, "os" | "leftOut" | "agentAccess" | "domainDelivery">;

/** The strings, or why the guest cannot have any: that does not keep the VM from its start. */
function plannedStrings(
  vmi: Vmi,
  role: SharedRole,
  options: VmOptions,
):
  | PlannedStrings & { readonly kind: "planned" }
  | { readonly kind: "refused"; readonly reason: string } {
  try {
    // Not the whole plan, which has the user data: that can be large, and is garbage while the domain is parsed.
    const { original: _, embedding: _2, ...plan } = planGuestOfVmi(vmi, role, options);
    return { kind: "planned", ...plan, ...plannedOemStrings(plan) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { kind: "refused", reason: error.message };
  }
}

/** KubeVirt adds the device: a domain that cannot be read is not changed, and starts without the strings. */
function addOnlyStrings(
  xml: Uint8Array,
  oemStrings: PlannedOemStrings["oemStrings"],
): PatchedDomain {
  const unchanged = { xml, device: { kind: "not asked" } } as const;
  if (oemStrings.length === 0) return { ...unchanged, oemStrings: { kind: "not asked" } };
  try {
    return patchDomain(xml, { oemStrings });
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { ...unchanged, oemStrings: { kind: "refused", reason: error.message } };
  }
}

function deviceMessage(share: TokenShare, { device }: PatchedDomain): string {
  if (share.kind === "containerPath") {
    return "KubeVirt adds the device for the token's containerPath volume: the sidecar adds none.";
  }
  return device.kind === "added"
    ? "The virtiofs device and shared memory were added to the domain."
    : "The domain already has the virtiofs device and shared memory.";
}

function notesOnStrings(
  addition: Addition,
  { os, oemVariables, secrets, leftOut, agentAccess, domainDelivery }: PlannedStrings,
  delivery: Delivery,
): readonly Note[] {
  const isOnlyWay = domainDelivery === "always";
  if (addition.kind === "not asked") {
    return delivery === "domain" ? [refusedNote("it is for guests with systemd", true)] : [];
  }
  if (addition.kind === "refused") return [refusedNote(addition.reason, isOnlyWay)];
  return [
    {
      level: "info",
      message: isOnlyWay
        ? "The guest gets the role through the domain, if it has systemd 252 or later."
        : "The guest gets the role through the domain if cloud-init does not run, and it has systemd 256 or later.",
      fields: { guestOS: os.os, evidence: os.evidence, variables: oemVariables.join(" ") },
    },
    ...secrets.map((variable): Note => ({
      level: "warning",
      message:
        `The domain does not carry the variable ${variable}: it is a secret, and the host can read the domain.`,
    })),
    // Where cloud-init delivers too, its hook has said it.
    ...isOnlyWay ? [...notesOnLeftOut(leftOut), ...notesOnAgent(agentAccess)] : [],
  ];
}

function refusedNote(reason: string, isOnlyWay: boolean): Note {
  return {
    level: isOnlyWay ? "warning" : "info",
    message: `The domain does not carry the role${isOnlyWay ? ", and the guest gets none" : ""}: ` +
      `${reason.replace(/\.$/, "")}.`,
  };
}

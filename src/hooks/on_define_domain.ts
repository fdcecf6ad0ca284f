import { truncate } from "../text/truncate.ts";
import { addVirtiofsDevice } from "../domain/patch.ts";
import { findTokenShare } from "../identity/share.ts";
import { parseVmi } from "../kubevirt/vmi.ts";
import type { Decision, HookContext } from "./decision.ts";

/** What virt-launcher hands to OnDefineDomain. */
export interface OnDefineDomainParams {
  /** The libvirt domain, XML in UTF-8. */
  readonly domainXML: Uint8Array;
  /** The VMI, JSON in UTF-8. */
  readonly vmi: Uint8Array;
}

/** What it gets back. */
export interface OnDefineDomainResult {
  readonly domainXML: Uint8Array;
}

/**
 * Decides the domain that virt-launcher is to define: the one that it has, with the token's share added.
 *
 * @throws {InvalidInput} if the VMI or the domain cannot be read.
 */
export function onDefineDomain(
  params: OnDefineDomainParams,
  context: HookContext,
): Decision<OnDefineDomainResult> {
  const { domainXML } = params;
  if (context.identity === undefined) return { result: () => ({ domainXML }), notes: [] };
  const share = findTokenShare(parseVmi(params.vmi), context.identity, context.webhookShare);
  // The tag may be the name of a volume, which is the owner's and of any length.
  const fields = { tag: truncate(share.tag) };
  if (share.kind === "containerPath") {
    return {
      result: () => ({ domainXML }),
      notes: [{
        level: "info",
        message: "The VMI shares the token's folder itself: no device is added.",
        fields,
      }],
    };
  }
  const patched = addVirtiofsDevice(domainXML, share);
  return {
    result: () => ({ domainXML: patched }),
    notes: [{
      level: "info",
      message: patched === domainXML
        ? "The domain has the virtiofs device and shared memory already."
        : "The domain has the virtiofs device and shared memory now.",
      fields,
    }],
  };
}

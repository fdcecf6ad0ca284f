import { addVirtiofsDevice } from "../domain/patch.ts";
import { findTokenShare } from "../identity/share.ts";
import { parseVmi } from "../kubevirt/vmi.ts";
import { truncate } from "../text/truncate.ts";
import type { Decision, HookContext } from "./decision.ts";

/** The request of OnDefineDomain. */
export interface OnDefineDomainParams {
  /** The libvirt domain, XML in UTF-8. */
  readonly domainXML: Uint8Array;
  /** The VMI, JSON in UTF-8. */
  readonly vmi: Uint8Array;
}

/**
 * Adds the device for the token's share to the domain that virt-launcher is about to define.
 *
 * @throws {InvalidInput} if the VMI or the domain cannot be read.
 */
export function onDefineDomain(
  params: OnDefineDomainParams,
  context: HookContext,
): Decision<Pick<OnDefineDomainParams, "domainXML">> {
  const { domainXML } = params;
  if (context.identity === undefined) return { result: () => ({ domainXML }), notes: [] };
  const share = findTokenShare(parseVmi(params.vmi), context.identity, context.webhookShare);
  // The tag may be the name of a volume, which can be of any length.
  const fields = { tag: truncate(share.tag) };
  if (share.kind === "containerPath") {
    return {
      result: () => ({ domainXML }),
      notes: [{
        level: "info",
        message:
          "KubeVirt adds the device for the token's containerPath volume: the sidecar adds none.",
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
        ? "The domain already has the virtiofs device and shared memory."
        : "The virtiofs device and shared memory were added to the domain.",
      fields,
    }],
  };
}

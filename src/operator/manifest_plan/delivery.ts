import type { ManifestPlan } from "./manifest_plan.ts";

/** The way by which the role reaches the guest. */
export type GuestDelivery = "cloud-init" | "domain" | "both" | "none";

/**
 * The way by which the role would reach the guest of a VM whose pod has one. User data that is unknown counts. Without a
 * cloud-init volume, virt-launcher crashes if the sidecar subscribes to PreCloudInitIso.
 */
export function deliveryOf(
  { hookPoints, cloudInit, guest, oemStrings }: Pick<
    ManifestPlan,
    "hookPoints" | "cloudInit" | "guest" | "oemStrings"
  >,
): GuestDelivery {
  const isAsked = hookPoints.has("PreCloudInitIso");
  if (isAsked && cloudInit === undefined) return "none";
  const byCloudInit = isAsked && guest.embedding.kind !== "untouched";
  const byDomain = oemStrings.addition.kind === "added" || oemStrings.addition.kind === "present";
  if (byCloudInit) return byDomain ? "both" : "cloud-init";
  return byDomain ? "domain" : "none";
}

import { guestWithoutCredentials } from "./guest_release.ts";
import type { ManifestPlan } from "./manifest_plan.ts";

/** The way by which the role reaches the guest. */
export type GuestDelivery = "cloud-init" | "domain" | "both" | "none";

/**
 * The way by which the role would reach the guest of a VM whose pod has one. User data that is unknown counts. Without a
 * cloud-init volume, virt-launcher crashes if the sidecar subscribes to PreCloudInitIso.
 */
export function deliveryOf(plan: Omit<ManifestPlan, "notes">): GuestDelivery {
  const { hookPoints, cloudInit, guest } = plan;
  const isAsked = hookPoints.has("PreCloudInitIso");
  if (isAsked && cloudInit === undefined) return "none";
  const byDomain = reasonAgainstDomain(plan) === undefined;
  if (isAsked && guest.embedding.kind !== "untouched") return byDomain ? "both" : "cloud-init";
  return byDomain ? "domain" : "none";
}

/** Why the domain does not give the guest its role, as a clause; undefined if it does, as far as the manifests say. */
export function reasonAgainstDomain(
  { guest: { os }, oemStrings: { addition }, virtualMachine }: Pick<
    ManifestPlan,
    "guest" | "oemStrings" | "virtualMachine"
  >,
): string | undefined {
  if (os.os === "windows") return `the guest is Windows (${os.evidence})`;
  const found = guestWithoutCredentials(virtualMachine);
  if (found !== undefined) {
    return `the guest is ${found.guest} (${found.evidence}), and ${found.reason}`;
  }
  if (addition.kind === "refused") return addition.reason;
  return addition.kind === "not asked" ? "--delivery or --hooks excludes it" : undefined;
}

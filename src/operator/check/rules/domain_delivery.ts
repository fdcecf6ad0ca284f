import { guestWithoutCredentials } from "../../manifest_plan/guest_release.ts";
import type { Rule } from "../rule.ts";

/** Guests that cannot take the role from the domain. */
export const DOMAIN_DELIVERY_RULES: readonly Rule[] = [
  {
    code: "guest-without-systemd",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the role goes by the domain alone, to a guest with an old systemd or none",
    find(context) {
      const { plan, virtualMachine } = context;
      // Where the sidecar subscribes to PreCloudInitIso, the rules on the user data find it.
      if (plan.kind !== "planned" || plan.hookPoints.has("PreCloudInitIso")) return [];
      const found = guestWithoutCredentials(virtualMachine);
      if (found === undefined) return [];
      const { guest, reason, evidence, path } = found;
      return [{
        manifest: virtualMachine.manifest,
        path,
        what: `The role goes by the domain alone, and the guest is ${guest}: ${evidence}.`,
        why:
          `The guest boots without a role: ${reason}. systemd 252 is the first that reads what the domain carries.`,
        fix:
          "Use an image with systemd 256 or later, or one with cloud-init and a cloud-init volume.",
      }];
    },
  },
];

import { deliveryOf } from "../../manifest_plan/delivery.ts";
import { inUserData } from "../places.ts";
import type { Rule } from "../rule.ts";
import { cloudInitOff } from "../user_data/cloud_init_off.ts";

/** The role comes from a part that cloud-init runs at every boot. */
export const CLOUD_INIT_DISABLED: Rule = {
  code: "cloud-init-disabled",
  severity: "warning",
  looksAt: "The user data and the guest",
  summary: "the user data switches cloud-init off after the first boot",
  find(context) {
    const { plan } = context;
    if (plan.kind !== "planned") return [];
    const { os: { os }, embedding, original } = plan.guest;
    if (os !== "linux" || embedding.kind === "untouched") return [];
    const found = cloudInitOff(original);
    if (found === undefined) return [];
    return [inUserData(context, found.offset, {
      what: `The user data ${found.what}, so that cloud-init does not run after the first boot.`,
      why: "cloud-init runs the sidecar's part at every boot. " +
        (deliveryOf(plan) === "both"
          ? "Without it the domain gives the role, but only to a guest with systemd 256 or later, and not where " +
            "cloud-init's own units are disabled or masked."
          : "Without it, the guest has no token from the second boot on. The variables in /etc/environment stay, and " +
            "AWS SDKs fail, also where other credentials are good."),
      fix:
        "Remove this from the user data. What runs only once by cloud-init, such as runcmd, does not run again at the " +
        "next boots.",
    })];
  },
};

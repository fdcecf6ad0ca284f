import { isSecretVariable } from "../../identity/secret_variables.ts";
import type { GuestPlan } from "../../plan/guest_plan.ts";

/** Replaces the value of every variable that is a credential, so that the plan can be printed. */
export function maskSecrets(plan: GuestPlan): GuestPlan {
  const variables = new Map(
    [...plan.settings.variables].map(([name, value]) => [
      name,
      isSecretVariable(name) ? "********" : value,
    ]),
  );
  return { ...plan, settings: { ...plan.settings, variables } };
}

import type { GuestPlan } from "../../plan/guest_plan.ts";

/** Replaces the value of every variable that is a credential, so that the plan can be printed. */
export function maskSecrets(plan: GuestPlan): GuestPlan {
  const variables = new Map(
    [...plan.settings.variables].map(([name, value]) => [
      name,
      isSecret(name) ? "********" : value,
    ]),
  );
  return { ...plan, settings: { ...plan.settings, variables } };
}

/** Whether the value of a variable is a credential. The path of a file is not. */
function isSecret(name: string): boolean {
  return /SECRET|PASSWORD|ACCESS_KEY|TOKEN/i.test(name) && !/_(FILE|PATH|DIR)$/i.test(name);
}

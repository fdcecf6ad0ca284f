import type { GuestPlan } from "../../plan/guest_plan.ts";

/** A plan to print: every value of a variable that is a credential is replaced. */
export function maskSecrets(plan: GuestPlan): GuestPlan {
  const variables = new Map(
    [...plan.settings.variables].map(([name, value]) => [
      name,
      isSecret(name) ? "********" : value,
    ]),
  );
  return { ...plan, settings: { ...plan.settings, variables } };
}

/** Whether a variable's value is a credential. The name of a file is none. */
function isSecret(name: string): boolean {
  return /SECRET|PASSWORD|ACCESS_KEY|TOKEN/i.test(name) && !/_(FILE|PATH|DIR)$/i.test(name);
}

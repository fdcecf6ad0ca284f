import { type Identity, TOKEN_FILE_VARIABLES } from "../identity/identity.ts";
import type { Guest, LeftOut } from "./guest.ts";

/** The variables that a guest gets, and those that it cannot hold. */
export interface GuestVariables {
  readonly variables: ReadonlyMap<string, string>;
  readonly leftOut: readonly LeftOut[];
}

/**
 * The captured variables as the guest's programs are to see them: the variable that names the
 * token's file names that of the guest. The guest gets a variable exactly, or not at all.
 */
export function guestVariables(identity: Identity, guest: Guest): GuestVariables {
  const variables = new Map<string, string>();
  const leftOut: LeftOut[] = [];
  for (const [name, captured] of identity.variables) {
    const value = name === TOKEN_FILE_VARIABLES[identity.kind] ? guest.tokenFile : captured;
    const reason = textProblem(value) ?? guest.variableProblem(name, value);
    if (reason === undefined) variables.set(name, value);
    else leftOut.push({ variable: name, reason });
  }
  return { variables, leftOut };
}

/** Why no guest can hold a value in a line of text; nothing if it can. */
function textProblem(value: string): string | undefined {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(value)) return "its value has a control character";
  return value.isWellFormed() ? undefined : "its value is not text";
}

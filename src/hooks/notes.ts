import type { LeftOut } from "../guest/guest.ts";
import type { AgentAccess } from "../identity/agent.ts";
import type { MissingShare } from "../identity/share.ts";
import type { Note } from "../log/note.ts";

/** The note on a VM whose guest cannot reach the token: both hooks change nothing. */
export function missingShareNote({ reason }: MissingShare): Note {
  return { level: "warning", message: `The guest gets no role: ${reason}.` };
}

/** The notes on the variables that the guest cannot hold. */
export function notesOnLeftOut(leftOut: readonly LeftOut[]): readonly Note[] {
  return leftOut.map(({ variable, reason }) => ({
    level: "warning",
    message: `The guest does not get the variable ${variable}: ${reason}.`,
  }));
}

/** The note on a VM whose network may not lead to the agent of EKS Pod Identity. */
export function notesOnAgent(access: AgentAccess | undefined): readonly Note[] {
  return access?.kind === "doubtful"
    ? [{
      level: "warning",
      message:
        `The guest may not reach the agent of EKS Pod Identity, and gets no credentials then: ${access.reason}.`,
    }]
    : [];
}

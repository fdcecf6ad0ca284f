import { programPath, type ScratchGuest, scratchGuest } from "./scratch_guest.ts";

/** The shells that guests have for sh. */
const SHELLS = ["sh", "dash", "bash", "busybox sh"];

/** One test in each shell that the machine has. */
export function inEachShell(name: string, body: (guest: ScratchGuest) => Promise<void>): void {
  for (const shell of SHELLS) {
    const [program = ""] = shell.split(" ");
    Deno.test({
      name: `${shell}: ${name}`,
      ignore: programPath(program) === undefined || Deno.build.os !== "linux",
      async fn() {
        await using guest = await scratchGuest(shell);
        await body(guest);
      },
    });
  }
}

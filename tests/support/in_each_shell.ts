import { programPath, type ScratchGuest, scratchGuest } from "./scratch_guest.ts";

/** The shells that are /bin/sh in guests. */
const SHELLS = ["sh", "dash", "bash", "busybox sh", "mksh"];

const usable = new Set(SHELLS.filter(runsStandIns));

/** One test in each shell that the machine has. */
export function inEachShell(name: string, body: (guest: ScratchGuest) => Promise<void>): void {
  for (const shell of SHELLS) {
    Deno.test({
      name: `${shell}: ${name}`,
      ignore: !usable.has(shell),
      async fn() {
        await using guest = await scratchGuest(shell);
        await body(guest);
      },
    });
  }
}

/** Whether the machine has a shell that runs programs from PATH: busybox-static's runs its own. */
function runsStandIns(shell: string): boolean {
  const [name = "", ...args] = shell.split(" ");
  const program = programPath(name);
  if (program === undefined || Deno.build.os !== "linux") return false;
  const found = new Deno.Command(program, { args: [...args, "-c", "command -v cat"] }).outputSync();
  return new TextDecoder().decode(found.stdout).startsWith("/");
}

import type { Shell } from "../../cli/commands.ts";
import { bashCompletion } from "./bash.ts";
import { zshCompletion } from "./zsh.ts";

/** The script that completes the program's command line in a shell. */
export function completionScript(shell: Shell): string {
  return { bash: bashCompletion, zsh: zshCompletion }[shell]();
}

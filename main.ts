import { type Command, parseCommandLine, UsageError } from "./src/cli/command_line.ts";
import { printError } from "./src/cli/output.ts";
import { serve } from "./src/sidecar/serve.ts";

/** Runs the program and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printError(error.message);
    return 2;
  }
  if (command.name === "serve") {
    // In a pod there is no terminal: the log stays free of this line.
    if (args.length === 0 && Deno.stdin.isTerminal() && Deno.stderr.isTerminal()) {
      printError(
        "Without a command this serves hooks until Ctrl-C; --help lists the other commands.",
      );
    }
    return await serve(command.options);
  }
  // Loaded on demand, so that the sidecar starts without the code of the other commands.
  return await (await import("./src/operator/run_command.ts")).runOperatorCommand(command);
}

if (import.meta.main) Deno.exit(await main(Deno.args));

import configuration from "./deno.json" with { type: "json" };
import { type Command, helpText, parseCommandLine, UsageError } from "./src/cli.ts";
import { serve } from "./src/serve.ts";

/** Runs the program and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`eks-irsa-sidecar: ${error.message}`);
    return 2;
  }
  switch (command.name) {
    case "help":
      console.log(helpText(configuration.version, command.of).trimEnd());
      return 0;
    case "serve":
      return await serve(command.options);
    default:
      // Loaded only now, so that the sidecar starts without what an operator needs.
      return await (await import("./src/operator.ts")).runOperatorCommand(command);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

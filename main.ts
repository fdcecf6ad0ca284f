import configuration from "./deno.json" with { type: "json" };
import { type Command, helpText, parseCommandLine, UsageError } from "./src/cli.ts";
import { serve, StartError } from "./src/serve.ts";

/** Runs the program and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return fail(error, 2);
  }
  switch (command.name) {
    case "help":
      console.log(helpText(configuration.version, command.of).trimEnd());
      return 0;
    case "serve":
      try {
        await serve(command.options);
        return 0;
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        return fail(error, 1);
      }
    default:
      // Loaded only now, so that the sidecar starts without what an operator needs.
      return await (await import("./src/operator.ts")).runOperatorCommand(command);
  }
}

function fail({ message }: Error, exitCode: number): number {
  console.error(`eks-irsa-sidecar: ${message}`);
  return exitCode;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

import configuration from "./deno.json" with { type: "json" };
import { helpText, parseCommandLine, UsageError } from "./src/cli.ts";
import { serve, StartError } from "./src/serve.ts";

/** Runs the program and returns its exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(args);
    switch (command.name) {
      case "help":
        console.log(helpText(configuration.version).trimEnd());
        return 0;
      case "serve":
        await serve(command.options);
        return 0;
    }
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof StartError)) throw error;
    console.error(`eks-irsa-sidecar: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

import { check } from "./check/check.ts";
import type { Command } from "./cli.ts";
import { completionScript } from "./completion/completion.ts";
import { ManifestError } from "./manifest/manifest.ts";
import { preview } from "./preview/preview.ts";

/** A command for people, as opposed to `serve`. */
type OperatorCommand = Exclude<Command, { readonly name: "help" | "serve" }>;

/** Runs a command for people and returns its exit code. */
export async function runOperatorCommand(command: OperatorCommand): Promise<number> {
  try {
    switch (command.name) {
      case "preview":
        return await preview(command.options);
      case "check":
        return await check(command.options);
      case "completion":
        console.log(completionScript(command.shell).trimEnd());
        return 0;
    }
  } catch (error) {
    // Whoever read the output has had enough of it, as head has.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    if (!(error instanceof ManifestError)) throw error;
    console.error(`eks-irsa-sidecar: ${error.message}`);
    return 1;
  }
}

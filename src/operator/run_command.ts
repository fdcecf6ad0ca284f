import configuration from "../../deno.json" with { type: "json" };
import { type Command, helpText } from "../cli/command_line.ts";
import { outputProblem, printError } from "../cli/output.ts";
import { check } from "./check/check.ts";
import { bashCompletion } from "./completion/bash.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { ManifestError } from "./manifest/manifest.ts";
import { preview } from "./preview/preview.ts";
import { sysprep } from "./sysprep/sysprep.ts";

/** A command that a person runs: every one but `serve`. */
type OperatorCommand = Exclude<Command, { readonly name: "serve" }>;

/** Runs a command that is not `serve`, and returns its exit code. */
export async function runOperatorCommand(command: OperatorCommand): Promise<number> {
  try {
    return await run(command);
  } catch (error) {
    // The reader has closed the pipe, as head does when it has seen enough.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    const problem = error instanceof ManifestError ? error.message : outputProblem(error);
    if (problem === undefined) throw error;
    printError(problem);
    // From check, 1 means that it found errors. grep and diff use 2 for their own failures, too.
    return command.name === "check" ? 2 : 1;
  }
}

async function run(command: OperatorCommand): Promise<number> {
  switch (command.name) {
    case "help":
      console.log(helpText(configuration.version, command.of).trimEnd());
      return 0;
    case "version":
      console.log(`eks-irsa-sidecar ${configuration.version}`);
      return 0;
    case "preview":
      return await preview(command.options, Deno.env.toObject());
    case "check":
      return await check(command.options);
    case "sysprep":
      return await sysprep(command.options);
    case "completion":
      console.log((command.shell === "bash" ? bashCompletion() : zshCompletion()).trimEnd());
      return 0;
  }
}

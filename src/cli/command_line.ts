import {
  COMMAND_NAMES,
  type CommandName,
  COMMANDS,
  isCommandName,
  type Shell,
  SHELLS,
} from "./commands.ts";
import { SERVE_FLAGS } from "./flags.ts";
import { nearest } from "./nearest.ts";
import {
  type CheckOptions,
  checkOptions,
  type PreviewOptions,
  previewOptions,
  type SysprepOptions,
  sysprepOptions,
} from "./operator_options.ts";
import { type Arguments, readFlags } from "./read_flags.ts";
import { type ServeOptions, serveOptions } from "./serve_options.ts";
import { UsageError } from "./usage_error.ts";

export { helpText } from "./help.ts";
export { type CheckOptions, type PreviewOptions, type SysprepOptions } from "./operator_options.ts";
export { type ServeOptions } from "./serve_options.ts";
export { UsageError } from "./usage_error.ts";

/** A parsed command line. */
export type Command =
  | { readonly name: "help"; readonly of: CommandName | undefined }
  | { readonly name: "version" }
  | { readonly name: "serve"; readonly options: ServeOptions }
  | { readonly name: "preview"; readonly options: PreviewOptions }
  | { readonly name: "check"; readonly options: CheckOptions }
  | { readonly name: "sysprep"; readonly options: SysprepOptions }
  | { readonly name: "completion"; readonly shell: Shell };

/**
 * Flags by which other programs print their version. Here --version is the hook version, as it is for
 * KubeVirt's sidecar-shim.
 */
const VERSION_FLAGS: readonly string[] = ["--version", "-v", "-V"];

/**
 * Parses the command line. Without a command it is a command line of `serve`: KubeVirt's annotation has
 * args, and need not name a command.
 *
 * @throws {UsageError} for an unknown command, flag or value.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [first] = args;
  if (first !== undefined && args.length === 1 && VERSION_FLAGS.includes(first)) {
    throw new UsageError(
      `The flag --version needs a value: ${SERVE_FLAGS.version.value}. ` +
        "The command version prints the version of the program.",
    );
  }
  const named = first !== undefined && isCommandName(first);
  if (first !== undefined && !named && !first.startsWith("-")) {
    throw new UsageError(unknownCommand(first));
  }
  const name = named ? first : "serve";
  const rest = readFlags(named ? args.slice(1) : args, COMMANDS[name].flags);
  if (rest.help) return { name: "help", of: named ? name : undefined };
  switch (name) {
    case "serve":
      if (rest.operands[0] !== undefined) throw new UsageError(misplaced(rest.operands[0]));
      return { name, options: serveOptions(rest) };
    case "help":
      return { name, of: commandToExplain(rest) };
    case "version":
      if (rest.operands.length > 0) throw new UsageError("The command version takes no arguments.");
      return { name };
    case "preview":
      return { name, options: previewOptions(rest) };
    case "check":
      return { name, options: checkOptions(rest) };
    case "sysprep":
      return { name, options: sysprepOptions(rest) };
    case "completion":
      return { name, shell: shell(rest) };
  }
}

function shell({ operands }: Arguments): Shell {
  const [word, ...more] = operands;
  const found = SHELLS.find((candidate) => candidate === word);
  if (found !== undefined && more.length === 0) return found;
  throw new UsageError(
    `${
      word === undefined || found !== undefined
        ? "The command completion needs the name of one shell"
        : `The command completion knows no shell ${JSON.stringify(word)}`
    }. Valid shells: ${SHELLS.join(", ")}.`,
  );
}

function commandToExplain({ operands: [word, next] }: Arguments): CommandName | undefined {
  if (next !== undefined) throw new UsageError("The command help explains one command at a time.");
  if (word === undefined || isCommandName(word)) return word;
  throw new UsageError(unknownCommand(word));
}

/** The error message for a word behind the flags of `serve`, which takes no operands. */
function misplaced(word: string): string {
  return isCommandName(word) ? `The command ${word} must come first.` : unknownCommand(word);
}

function unknownCommand(word: string): string {
  const meant = nearest(word, COMMAND_NAMES);
  return `Unknown command ${JSON.stringify(word)}. ${
    meant === undefined ? "" : `Did you mean ${meant}? `
  }Valid commands: ${COMMAND_NAMES.join(", ")}; the default is serve.`;
}

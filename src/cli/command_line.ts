import {
  COMMAND_NAMES,
  type CommandName,
  COMMANDS,
  isCommandName,
  type Shell,
  SHELLS,
} from "./commands.ts";
import { CHECK_OUTPUTS, DECISION_FLAG_NAMES, PREVIEW_OUTPUTS, SERVE_FLAGS } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { type Arguments, choice, lastValue, readFlags } from "./read_flags.ts";
import { type ServeOptions, serveOptions } from "./serve_options.ts";
import { UsageError } from "./usage_error.ts";
import { isRoleArn } from "../identity/role_arn.ts";

export { helpText } from "./help.ts";
export { type ServeOptions } from "./serve_options.ts";
export { UsageError } from "./usage_error.ts";

/** Everything that `preview` can be told. */
export interface PreviewOptions {
  readonly files: readonly string[];
  readonly output: typeof PREVIEW_OUTPUTS[number];
  readonly roleArn: string | undefined;
  readonly region: string | undefined;
  /** Arguments for `serve`, which win over those in the manifest's annotation. */
  readonly serveArguments: readonly string[];
}

/** Everything that `check` can be told. */
export interface CheckOptions {
  readonly files: readonly string[];
  /** Files that are only looked at for service accounts, and for KubeVirt resources. */
  readonly serviceAccountFiles: readonly string[];
  readonly kubevirtFiles: readonly string[];
  readonly output: typeof CHECK_OUTPUTS[number];
}

/** What the program is to do. */
export type Command =
  | { readonly name: "help"; readonly of: CommandName | undefined }
  | { readonly name: "version" }
  | { readonly name: "serve"; readonly options: ServeOptions }
  | { readonly name: "preview"; readonly options: PreviewOptions }
  | { readonly name: "check"; readonly options: CheckOptions }
  | { readonly name: "completion"; readonly shell: Shell };

/** What other programs print their version for. Here --version is KubeVirt's, of whose shim it is a flag. */
const VERSION_WISHES: readonly string[] = ["--version", "-v", "-V"];

/**
 * Understands the command line. Without a command it is one of `serve`: KubeVirt's annotation gives args
 * alone.
 *
 * @throws {UsageError} for an unknown command, flag or value.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [first] = args;
  if (first !== undefined && args.length === 1 && VERSION_WISHES.includes(first)) {
    throw new UsageError(
      "The program's own version is what eks-irsa-sidecar version prints. " +
        `The flag --version needs a value: ${SERVE_FLAGS.version.value}.`,
    );
  }
  const named = first !== undefined && isCommandName(first);
  if (first !== undefined && !named && !first.startsWith("-")) {
    throw new UsageError(unknownCommand(first));
  }
  const name = named ? first : "serve";
  const found = readFlags(named ? args.slice(1) : args, COMMANDS[name].flags);
  if (found.help) return { name: "help", of: named ? name : undefined };
  switch (name) {
    case "serve":
      if (found.operands[0] !== undefined) throw new UsageError(misplaced(found.operands[0]));
      return { name, options: serveOptions(found) };
    case "help":
      return { name, of: commandToExplain(found) };
    case "version":
      if (found.operands.length > 0) throw new UsageError("The command version stands alone.");
      return { name };
    case "preview":
      return { name, options: previewOptions(found) };
    case "check":
      return {
        name,
        options: {
          files: files(found, "check"),
          serviceAccountFiles: (found.values.get("service-account") ?? []).map(file),
          kubevirtFiles: (found.values.get("kubevirt") ?? []).map(file),
          output: choice(found, "output", CHECK_OUTPUTS) ?? "text",
        },
      };
    case "completion":
      return { name, shell: shell(found) };
  }
}

function previewOptions(found: Arguments): PreviewOptions {
  serveOptions(found);
  return {
    files: files(found, "preview"),
    output: choice(found, "output", PREVIEW_OUTPUTS) ?? "text",
    roleArn: roleArn(found),
    region: lastValue(found, "region"),
    serveArguments: DECISION_FLAG_NAMES.flatMap((flag) => {
      const value = lastValue(found, flag);
      return value === undefined ? [] : [`--${flag}=${value}`];
    }),
  };
}

function roleArn(found: Arguments): string | undefined {
  const value = lastValue(found, "role-arn");
  if (value !== undefined && !isRoleArn(value)) {
    throw new UsageError(
      `The flag --role-arn cannot be ${
        JSON.stringify(value)
      }. Valid is: arn:aws:iam::ACCOUNT:role/NAME with the account's 12 digits.`,
    );
  }
  return value;
}

function files({ operands }: Arguments, command: string): readonly string[] {
  if (operands.length === 0) {
    throw new UsageError(
      `The command ${command} needs a manifest: a FILE, or - for the standard input.`,
    );
  }
  return operands.map(file);
}

/** The standard input by its other name: a device that the runtime would not let us open. */
function file(name: string): string {
  return name === "/dev/stdin" ? "-" : name;
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
    }. Valid are: ${SHELLS.join(", ")}.`,
  );
}

function commandToExplain({ operands: [word, next] }: Arguments): CommandName | undefined {
  if (next !== undefined) throw new UsageError("The command help explains one command at a time.");
  if (word === undefined || isCommandName(word)) return word;
  throw new UsageError(unknownCommand(word));
}

/** What to say of a word behind the flags of `serve`, where a command was not named. */
function misplaced(word: string): string {
  return isCommandName(word) ? `The command ${word} has to come first.` : unknownCommand(word);
}

function unknownCommand(word: string): string {
  const meant = nearest(word, COMMAND_NAMES);
  return `Unknown command ${JSON.stringify(word)}. ${
    meant === undefined ? "" : `Did you mean ${meant}? `
  }Valid are: ${COMMAND_NAMES.join(", ")}; serve is also what runs without one.`;
}

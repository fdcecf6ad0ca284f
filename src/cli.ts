import { type CommandName, COMMANDS, isCommandName, type Shell, SHELLS } from "./cli/commands.ts";
import { CHECK_OUTPUTS, DECISION_FLAG_NAMES, PREVIEW_OUTPUTS } from "./cli/flags.ts";
import { type Arguments, choice, lastValue, readFlags } from "./cli/read_flags.ts";
import { type ServeOptions, serveOptions } from "./cli/serve_options.ts";
import { UsageError } from "./cli/usage_error.ts";
import { isRoleArn } from "./identity/role_arn.ts";

export { helpText } from "./cli/help.ts";
export { type ServeOptions } from "./cli/serve_options.ts";
export { UsageError } from "./cli/usage_error.ts";

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
  | { readonly name: "serve"; readonly options: ServeOptions }
  | { readonly name: "preview"; readonly options: PreviewOptions }
  | { readonly name: "check"; readonly options: CheckOptions }
  | { readonly name: "completion"; readonly shell: Shell };

/**
 * Understands the command line. Without a command it is one of `serve`: KubeVirt's annotation gives args
 * alone.
 *
 * @throws {UsageError} for an unknown command, flag or value.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const [first] = args;
  const named = first !== undefined && isCommandName(first);
  if (first !== undefined && !named && !first.startsWith("-")) {
    throw new UsageError(unknownCommand(first));
  }
  const name = named ? first : "serve";
  const found = readFlags(named ? args.slice(1) : args, COMMANDS[name].flags);
  if (found.help) return { name: "help", of: named ? name : undefined };
  switch (name) {
    case "serve":
      if (found.operands[0] !== undefined) throw new UsageError(unknownCommand(found.operands[0]));
      return { name, options: serveOptions(found) };
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
  const found = SHELLS.find((candidate) => operands.length === 1 && candidate === operands[0]);
  if (found === undefined) {
    throw new UsageError(
      `The command completion needs the name of a shell. Valid are: ${SHELLS.join(", ")}.`,
    );
  }
  return found;
}

function unknownCommand(word: string): string {
  return `Unknown command ${JSON.stringify(word)}. Valid are: ${
    Object.keys(COMMANDS).join(", ")
  }; serve is also what runs without one.`;
}

import { parseArgs } from "node:util";
import type { Flag } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { invalidValue, UsageError } from "./usage_error.ts";

/** The arguments of a command: its flags and its operands. */
export interface Arguments {
  readonly help: boolean;
  /** The values of each flag on the command line, in their order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/**
 * Separates flags from operands.
 *
 * @throws {UsageError} for a flag that the command does not have, and for one without a value.
 */
export function readFlags(
  args: readonly string[],
  flags: Readonly<Record<string, Flag>>,
): Arguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([
      ...Object.keys(flags).map((name) => [name, { type: "string" as const }]),
      ["help", { type: "boolean" as const, short: "h" }],
    ]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (token.name === "help" || token.name === "h") {
      help = true;
    } else if (flag === undefined) {
      throw new UsageError(unknownFlag(token.rawName, [...Object.keys(flags), "help"]));
    } else if (token.value === undefined || token.value.trim() === "") {
      throw new UsageError(`The flag --${token.name} needs a value: ${flag.value}.`);
    } else if (!token.inlineValue && isFlag(token.value)) {
      throw new UsageError(
        `The flag --${token.name} needs a value: ${flag.value}. ` +
          `One that starts with a hyphen is given as --${token.name}=-…`,
      );
    } else {
      values.set(token.name, [...values.get(token.name) ?? [], token.value]);
    }
  }
  return { help, values, operands };
}

function unknownFlag(typed: string, names: readonly string[]): string {
  const flags = names.map((name) => `--${name}`);
  const meant = nearest(typed, flags);
  return `Unknown flag ${typed}. ${
    meant === undefined ? "" : `Did you mean ${meant}? `
  }Valid flags: ${flags.join(", ")}.`;
}

/** Whether a word looks like a flag. A lone hyphen does not: it names the standard input (POSIX.1, 12.2). */
function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

/** The value of a flag; the last one if the flag is given more than once. */
export function lastValue({ values }: Arguments, name: string): string | undefined {
  return values.get(name)?.at(-1);
}

/**
 * The value of a flag that takes one of some words.
 *
 * @throws {UsageError} for any other value.
 */
export function choice<Value extends string>(
  args: Arguments,
  name: string,
  valid: readonly Value[],
): Value | undefined {
  const value = lastValue(args, name);
  if (value === undefined) return undefined;
  const found = valid.find((candidate) => candidate === value);
  if (found === undefined) {
    throw invalidValue(name, value, `Valid values: ${valid.toSorted().join(", ")}.`);
  }
  return found;
}

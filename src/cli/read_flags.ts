import { parseArgs } from "node:util";
import type { Flag } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage_error.ts";

/** A command's arguments, told apart. */
export interface Arguments {
  readonly help: boolean;
  /** The values of each flag that was given, in their order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/**
 * Tells flags and operands apart.
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
  return `Unknown flag ${typed}. ${meant === undefined ? "" : `Did you mean ${meant}? `}Valid ${
    flags.length === 1 ? "is" : "are"
  }: ${flags.join(", ")}.`;
}

/**
 * Whether a word is a flag, and no value of the flag before it: a lone hyphen is the standard input (POSIX.1
 * Utility Syntax Guidelines, 12.2).
 */
function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

/** The value of a flag: the last, if it was given more than once. */
export function lastValue({ values }: Arguments, name: string): string | undefined {
  return values.get(name)?.at(-1);
}

/**
 * The value of a flag that is one of some words.
 *
 * @throws {UsageError} if it is another.
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
    throw new UsageError(
      `The flag --${name} cannot be ${JSON.stringify(value)}. Valid are: ${
        valid.toSorted().join(", ")
      }.`,
    );
  }
  return found;
}

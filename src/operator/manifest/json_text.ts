import {
  findNodeAtLocation,
  type JSONVisitor,
  parseTree,
  printParseErrorCode,
  visit,
} from "jsonc-parser";
import type { Path } from "./path.ts";

/** A mistake in a text that should be JSON. */
export interface JsonProblem {
  /** The offset in the text, in UTF-16 code units. */
  readonly at: number;
  /** A clause, such as "a comma stands before the closing bracket". */
  readonly problem: string;
}

/** A value in a text: the offsets of its start and its end. */
export interface JsonExtent {
  readonly start: number;
  readonly end: number;
}

/** The parser is recursive: without a limit, deep nesting would overflow the stack. No manifest is deeper. */
const MAX_DEPTH = 200;

/**
 * Finds the JSON values (RFC 8259) that follow one another in a text, as jq prints them.
 *
 * JSON.parse is of no use for mistakes: it gives their place only sometimes, and quotes the text around them.
 */
export function jsonValues(text: string): readonly JsonExtent[] | JsonProblem {
  const values: JsonExtent[] = [];
  let start = 0;
  while (start < text.length) {
    const mistake = firstMistake(text.slice(start));
    const next = mistake === undefined ? text.length : start + mistake.at;
    if (mistake !== undefined && mistake.code !== "EndOfFileExpected") {
      return problemOf(text, mistake.code, next);
    }
    values.push({ start, end: start + text.slice(start, next).trimEnd().length });
    start = next;
  }
  return values;
}

/**
 * Finds the parts of a JSON value.
 *
 * @returns The offset of the deepest part of a path that the value has; a member begins with its key.
 */
export function jsonPlaces(text: string): (path: Path) => number {
  const root = parseTree(text);
  return (path) => {
    let offset = root?.offset ?? 0;
    for (const depth of path.keys()) {
      const node = root && findNodeAtLocation(root, path.slice(0, depth + 1));
      if (node === undefined) break;
      offset = node.parent?.type === "property" ? node.parent.offset : node.offset;
    }
    return offset;
  };
}

/** Thrown to end the visit of a text. */
class Mistake extends Error {
  constructor(
    readonly code: ReturnType<typeof printParseErrorCode> | "NestedTooDeeply",
    readonly at: number,
  ) {
    super(code);
  }
}

/** The first mistake in a text. Anything behind its first value counts as one: `EndOfFileExpected`. */
function firstMistake(text: string): Mistake | undefined {
  const enter: JSONVisitor["onArrayBegin"] = (at, _length, _line, _character, path) => {
    if (path().length > MAX_DEPTH) throw new Mistake("NestedTooDeeply", at);
  };
  try {
    visit(text, {
      onObjectBegin: enter,
      onArrayBegin: enter,
      onError: (code, at) => {
        throw new Mistake(printParseErrorCode(code), at);
      },
    }, { disallowComments: true });
    return undefined;
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
}

const PROBLEMS: Readonly<Record<Mistake["code"], string>> = {
  PropertyNameExpected: "a key in double quotes is expected",
  ValueExpected: "a value is expected",
  ColonExpected: "a colon is expected",
  CommaExpected: "a comma or a closing bracket is expected",
  CloseBraceExpected: "a comma or } is expected",
  CloseBracketExpected: "a comma or ] is expected",
  EndOfFileExpected: "the end is expected",
  InvalidSymbol: "it has a word that is neither in double quotes nor true, false or null",
  InvalidCommentToken: "it has a comment, which JSON does not know",
  UnexpectedEndOfComment: "it has a comment, which JSON does not know",
  InvalidNumberFormat: "the number is not complete",
  UnexpectedEndOfNumber: "the number is not complete",
  UnexpectedEndOfString: "the string is not closed on its line",
  InvalidUnicode: "the string has a backslash that means nothing",
  InvalidEscapeCharacter: "the string has a backslash that means nothing",
  InvalidCharacter: "the string has a control character",
  NestedTooDeeply: "it is nested too deeply",
  "<unknown ParseErrorCode>": "the parser does not say why",
};

/** Describes a mistake without quoting the text. */
function problemOf(text: string, code: Mistake["code"], at: number): JsonProblem {
  const found = text[at];
  const before = text.slice(0, at).trimEnd();
  if ((found === "}" || found === "]") && before.endsWith(",")) {
    return { at: before.length - 1, problem: "a comma stands before the closing bracket" };
  }
  if (found === "'") return { at, problem: "it has single quotes where JSON has double quotes" };
  if (found === "#") return { at, problem: PROBLEMS.InvalidCommentToken };
  return { at, problem: `${found === undefined ? "it ends where " : ""}${PROBLEMS[code]}` };
}

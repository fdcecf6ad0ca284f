import type { Path } from "./path.ts";

/** Where a text stops being JSON, and how: a clause such as "a comma stands before the closing bracket". */
export interface JsonProblem {
  /** The place in the text, counted from 0. */
  readonly at: number;
  readonly problem: string;
}

/** A value in a text: where it begins, and where it ends. */
export interface JsonExtent {
  readonly start: number;
  readonly end: number;
}

/** Nobody nests a manifest deeper, and a parser has a stack. */
const DEEPEST = 200;

/** https://www.rfc-editor.org/rfc/rfc8259#section-6, and the three literal names. */
const NUMBER_OR_NAME =
  /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/** Is told the way to every member and entry, and where it begins. The way is valid during the call. */
type Visitor = (path: Path, at: number) => void;

/**
 * Finds the JSON values that stand one after the other in a text, as jq prints them.
 *
 * The parser of JavaScript tells the place of a mistake only sometimes, and quotes what stands around it.
 */
export function jsonValues(text: string): readonly JsonExtent[] | JsonProblem {
  const scanner = new JsonScanner(text, () => {});
  try {
    const values: JsonExtent[] = [];
    while (scanner.skipSpace()) {
      const start = scanner.at;
      scanner.value([]);
      values.push({ start, end: scanner.at });
    }
    return values;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { at: error.at, problem: error.message };
  }
}

/** Where the deepest part of a path that a JSON value has begins; a member begins with its key. */
export function jsonPlace(text: string, path: Path): number {
  let deepest = -1;
  let place = 0;
  const scanner = new JsonScanner(text, (way, at) => {
    if (way.length > deepest && way.every((step, index) => step === path[index])) {
      deepest = way.length;
      place = at;
    }
  });
  scanner.skipSpace();
  scanner.value([]);
  return place;
}

/** What a scanner throws, and nobody else sees. */
class Mistake extends Error {
  constructor(message: string, readonly at: number) {
    super(message);
  }
}

/** Goes through JSON (RFC 8259) without keeping anything of it. */
class JsonScanner {
  at = 0;

  constructor(private readonly text: string, private readonly visit: Visitor) {}

  /** @returns Whether there is something behind the white space. */
  skipSpace(): boolean {
    while (this.at < this.text.length && " \t\r\n".includes(this.text.charAt(this.at))) this.at++;
    return this.at < this.text.length;
  }

  value(path: (string | number)[]): void {
    this.skipSpace();
    if (path.length > DEEPEST) this.fail("it is nested too deeply");
    if (path.length === 0) this.visit(path, this.at);
    switch (this.text[this.at]) {
      case "{":
        return this.collection("}", () => this.member(path));
      case "[":
        return this.collection("]", (index) => {
          this.skipSpace();
          this.visit([...path, index], this.at);
          this.value([...path, index]);
        });
      case '"':
        this.string();
        return;
      default:
        NUMBER_OR_NAME.lastIndex = this.at;
        if (!NUMBER_OR_NAME.test(this.text)) this.fail(this.mistakeFor("a value"));
        this.at = NUMBER_OR_NAME.lastIndex;
    }
  }

  private collection(end: string, entry: (index: number) => void): void {
    this.at++;
    this.skipSpace();
    if (this.take(end)) return;
    for (let index = 0;; index++) {
      entry(index);
      this.skipSpace();
      if (this.take(end)) return;
      const comma = this.at;
      if (!this.take(",")) this.fail(this.mistakeFor(`a comma or ${end}`));
      this.skipSpace();
      if (this.text[this.at] === end) {
        this.fail("a comma stands before the closing bracket", comma);
      }
    }
  }

  private member(path: readonly (string | number)[]): void {
    this.skipSpace();
    const start = this.at;
    if (this.text[start] !== '"') this.fail(this.mistakeFor("a key in double quotes"));
    const way = [...path, this.string()];
    this.visit(way, start);
    this.skipSpace();
    if (!this.take(":")) this.fail(this.mistakeFor("a colon"));
    this.value(way);
  }

  private string(): string {
    const start = this.at++;
    for (;; this.at++) {
      const character = this.text[this.at];
      if (character === undefined) this.fail("the string is not closed", start);
      if (character === '"') break;
      if (character === "\\") this.at++;
      else if (character < " ") {
        this.fail(
          character === "\n"
            ? "a string goes over the end of its line"
            : "a string has a control character",
        );
      }
    }
    this.at++;
    try {
      return String(JSON.parse(this.text.slice(start, this.at)));
    } catch {
      this.fail("the string has a backslash that means nothing", start);
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  /** What is there instead, without quoting it. */
  private mistakeFor(expected: string): string {
    const found = this.text[this.at];
    if (found === undefined) return `it ends where ${expected} is expected`;
    if (found === "'") return "it has single quotes where JSON has double quotes";
    if (found === "#" || found === "/") return "it has a comment, which JSON does not know";
    return `there is something else than ${expected}`;
  }

  private fail(problem: string, at = this.at): never {
    throw new Mistake(problem, at);
  }
}

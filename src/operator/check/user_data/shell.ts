/** A simple command of a shell script, without its quotes. */
export interface ShellCommand {
  /** A variable that the script sets, or goes through in a loop, is replaced by its last value. */
  readonly words: readonly string[];
  /** The files that it writes by `>` and `>>`. */
  readonly writes: readonly string[];
  /** The here-document or here-string that it reads. */
  readonly stdin: string | undefined;
  /** The command whose output it reads through a pipe. */
  readonly pipedFrom: ShellCommand | undefined;
  /** The offset of its first word in the script. */
  readonly offset: number;
}

/** How much of a variable's value is kept, in UTF-16 code units: values in values could fill the memory. */
const MAX_VALUE = 1000;

/** A command while it is read. */
interface Draft {
  words: string[];
  writes: string[];
  stdin: string | undefined;
  offset: number;
}

/** A word with its quotes: POSIX.1-2024, XCU, section 2.2. */
const WORD =
  /(?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|\$\{[^}]*\}|[^\s\\'"`;&|<>(){}]|(?<=[^\s;&|<>()])[{}]|[{}](?=[^\s;&|<>()]))+/y;
const REDIRECT = /(?:\d|&)?(<<<|<<-?|>>|>\||>|<)[ \t]*/y;
const COMMENT = /[^\n]*/y;
const HERE_DOCUMENT = /^<<-?$/;

/**
 * The simple commands of a shell script, also those in lists, loops and substitutions. This is no shell: what is
 * computed when the script runs stays as it is written.
 */
export function shellCommands(script: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  const variables = new Map<string, string>();
  let draft: Draft = { words: [], writes: [], stdin: undefined, offset: 0 };
  let pipedFrom: ShellCommand | undefined;
  const waiting: (readonly [Draft, string])[] = [];
  let at = 0;

  const matchAt = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const [found = "", group = ""] = pattern.exec(script) ?? [];
    at += found.length;
    return { found, group };
  };
  const end = (isPipe = false) => {
    // After a pipe, the command may be on the next line.
    if (draft.words.length === 0 && draft.writes.length === 0) return;
    // The here-document is read after the end of the line: the command keeps the object that gets it.
    const command = withPipe(draft, pipedFrom);
    commands.push(command);
    noteVariables(command.words, variables);
    pipedFrom = isPipe ? command : undefined;
    draft = { words: [], writes: [], stdin: undefined, offset: at };
  };

  while (at < script.length) {
    const character = script[at] ?? "";
    if (character === "\n") {
      at++;
      for (const [owner, delimiter] of waiting.splice(0)) {
        const close = new RegExp(`^[\\t]*${RegExp.escape(delimiter)}[ \\t]*$\\n?`, "m");
        const rest = script.slice(at);
        const found = close.exec(rest);
        owner.stdin = rest.slice(0, found?.index);
        at += found === null ? rest.length : found.index + found[0].length;
      }
      end();
    } else if (script.startsWith("\\\n", at)) at += 2;
    else if (character === "#") matchAt(COMMENT);
    else if (/[;&|`(){}]/.test(character) && !isRedirect(script, at) && !isWordStart(script, at)) {
      end(character === "|" && script[at + 1] !== "|");
      at++;
    } else {
      if (draft.words.length === 0) draft.offset = at;
      const { group } = matchAt(REDIRECT);
      const { found } = matchAt(WORD);
      const word = expanded(unquoted(found), variables);
      if (group === "") {
        if (found === "") at++;
        else draft.words.push(word);
      } else if (HERE_DOCUMENT.test(group)) waiting.push([draft, unquoted(found)]);
      else if (group === "<<<") draft.stdin = word;
      else if (group !== "<" && found !== "") draft.writes.push(word);
    }
  }
  end();
  return commands;
}

function withPipe(draft: Draft, pipedFrom: ShellCommand | undefined): ShellCommand {
  return Object.assign(draft, { pipedFrom });
}

function isRedirect(script: string, at: number): boolean {
  REDIRECT.lastIndex = at;
  return REDIRECT.test(script);
}

function isWordStart(script: string, at: number): boolean {
  WORD.lastIndex = at;
  return WORD.test(script);
}

function unquoted(word: string): string {
  return word.replace(
    /\\([^])|'([^']*)'|"((?:\\[^]|[^"\\])*)"/g,
    (_, escaped?: string, single?: string, double?: string) =>
      escaped ?? single ?? (double ?? "").replace(/\\([$`"\\\n])/g, "$1"),
  );
}

/** `NAME=value`, and `for NAME in value…`, of which the values are one text with spaces. */
function noteVariables(words: readonly string[], variables: Map<string, string>): void {
  const loop = words.join(" ").replace(/^(?:.* )?for (\w+) in /, "$1=");
  for (const word of [loop, ...words]) {
    const place = word.indexOf("=");
    if (place >= 0) {
      variables.set(word.slice(0, place), word.slice(place + 1, place + 1 + MAX_VALUE));
    }
  }
}

function expanded(word: string, variables: ReadonlyMap<string, string>): string {
  return word.replace(
    /\$\{?(\w+)\}?/g,
    (written, name: string) => variables.get(name) ?? written,
  );
}

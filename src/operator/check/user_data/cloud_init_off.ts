import { Buffer } from "node:buffer";
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import {
  DISABLED_FILE,
  KERNEL,
  KERNEL_FILE,
  OFF,
  offByCommand,
  UNIT_FILE,
} from "./off_commands.ts";
import { piecesOf, textOfBytes, type UserDataPiece, userDataPieces } from "./pieces.ts";
import { type ShellCommand, shellCommands } from "./shell.ts";

/** Where user data keeps cloud-init from running at the next boots. */
export interface CloudInitOff {
  /** What the user data does, as the end of a sentence. */
  readonly what: string;
  /** An offset in the user data; undefined if the place is encoded. */
  readonly offset: number | undefined;
}

/** How deep scripts in scripts are read. */
const MAX_DEPTH = 4;

const CONFIGURATION_FILE = /\/etc\/cloud\/cloud\.cfg(?:\.d\/[^/]+)?$/;
const SCRIPT_FILE =
  /(?:^|\/)(?:s?bin|init\.d|rc\.d|cron[^/]*|per-(?:boot|once|instance)|profile\.d|dispatcher\.d)\/|rc\.local$|\.(?:sh|bash)$/;

/** Commands whose arguments are text, or are only looked at. */
const ONLY_TEXT = new Set(
  (": [ [[ alias case cat command diff echo egrep exit export false fgrep function grep head less local logger ls " +
    "printf read return rg set stat tail test true type unset wall wc which").split(" "),
);
/** What stands before a command. */
const BEFORE_COMMAND =
  /^(?:!|-.*|\w+=.*|builtin|do|doas|elif|else|env|eval|exec|if|nice|nohup|sudo|then|time|timeout|until|while|\d+[smh]?)$/;

/** Finds what keeps cloud-init, and so our part of the user data, from running at the next boots. */
export function cloudInitOff(original: Uint8Array): CloudInitOff | undefined {
  return firstOf(userDataPieces(original), offIn);
}

function offIn(piece: UserDataPiece): CloudInitOff | undefined {
  const { kind, text, offset } = piece;
  if (kind === "script") return offInScript(text, offset, 0);
  const document = parsed(text);
  if (document === undefined) return undefined;
  return kind === "cloud-config-archive"
    ? offInArchive(document, offset)
    : offInConfig(document, text, offset);
}

/** YAML as cloud-init reads it; undefined if it is nested too deep to be read. */
function parsed(text: string): Document | undefined {
  try {
    return parseDocument(text, { version: "1.1", merge: true, logLevel: "silent" });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A list of texts, or of maps with `content` and perhaps `type` (cloudinit/user_data.py, _explode_archive). */
function offInArchive(document: Document, offset: number | undefined): CloudInitOff | undefined {
  if (!isSeq(document.contents)) return undefined;
  return firstOf(document.contents.items, (item) => {
    const content = isMap(item) ? item.get("content") : isScalar(item) ? item.value : undefined;
    const type = isMap(item) ? String(item.get("type") ?? "") : "";
    const text = textOfScalar(content);
    if (text === undefined) return undefined;
    const found = firstOf(piecesOf(text, undefined, type, 1), offIn);
    return found && { ...found, offset: placeOf(item, offset) };
  });
}

/** Keys of a cloud-config, and of an autoinstall in it, with commands. */
const COMMAND_KEYS = ["bootcmd", "runcmd", "early-commands", "late-commands"];

function offInConfig(
  document: Document,
  text: string,
  offset: number | undefined,
): CloudInitOff | undefined {
  let found: CloudInitOff | undefined;
  const look = (key: string, value: unknown) => {
    if (COMMAND_KEYS.includes(key) && isSeq(value)) {
      found ??= firstOf(value.items, (item) => at(item, offInScript(scriptOf(item), undefined, 0)));
    }
    if (key === "write_files" && isSeq(value)) {
      found ??= firstOf(
        value.items,
        (item) => isMap(item) ? at(item, offInFile(item, text)) : undefined,
      );
    }
    if (key === "packages" && isSeq(value)) {
      found ??= firstOf(
        value.items,
        (item) =>
          isScalar(item) && item.value === "cloud-init-"
            ? at(item, { what: OFF.removed, offset })
            : undefined,
      );
    }
  };
  const at = (node: unknown, off: CloudInitOff | undefined) =>
    off && { ...off, offset: placeOf(node, offset) };
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key)) look(String(key.value), value);
    },
    // An operation of a JSON patch: RFC 6902.
    Map: (_, map) => {
      look(String(map.get("path") ?? "").split("/")[1] ?? "", map.get("value", true));
    },
  });
  return found;
}

/** A command is a line for a shell, or a list of words. */
function scriptOf(item: unknown): string {
  if (isSeq(item)) {
    return item.items.map((word) => `'${(textOfScalar(word) ?? "").replaceAll("'", "'\\''")}'`)
      .join(" ");
  }
  return textOfScalar(item) ?? "";
}

/** An entry of write_files. Its content may be packed and encoded (cloudinit/config/cc_write_files.py). */
function offInFile(entry: YAMLMap, userData: string): CloudInitOff | undefined {
  const path = String(entry.get("path") ?? "");
  const encoding = String(entry.get("encoding") ?? "");
  const content = entry.get("content") ?? "";
  const text = /b64|base64/.test(encoding) && typeof content === "string"
    ? textOfBytes(Buffer.from(content, "base64"))
    : textOfScalar(content) ?? "";
  // A script that something else of the user data names is run, whatever its name is.
  const isNamed = path !== "" && userData.split(path).length > 2;
  return offInWritten(path, text, isNamed, 0);
}

function offInWritten(
  path: string,
  content: string,
  isRun: boolean,
  depth: number,
): CloudInitOff | undefined {
  const off = (what: string): CloudInitOff => ({ what, offset: undefined });
  const lines = content.replace(/^[ \t]*[#;].*$/gm, "");
  if (DISABLED_FILE.test(path) && !path.startsWith("/run/")) return off(OFF.created);
  if (path === "/etc/cloud/ds-identify.cfg" && /^\s*policy:\s*["']?disabled/m.test(lines)) {
    return off("sets the policy of ds-identify to disabled");
  }
  if (CONFIGURATION_FILE.test(path) && hasNoSource(lines)) return off(OFF.noSource);
  if (KERNEL_FILE.test(path) && KERNEL.test(lines)) return off(OFF.kernel);
  const unit = UNIT_FILE.exec(path);
  if (unit !== null && isUnitOff(lines, unit[1] !== undefined)) return off(OFF.disabled);
  if (path.endsWith(".service")) {
    const commands = [...lines.matchAll(/^Exec\w+=[-@:+!|]*(.*)$/gm)].map(([, command]) => command);
    return offInScript(commands.join("\n"), undefined, depth + 1);
  }
  if (!isRun && !content.startsWith("#!") && !SCRIPT_FILE.test(path)) return undefined;
  return offInScript(content, undefined, depth + 1);
}

/** A unit of the same name that does not start cloud-init, or an addition to the unit that puts a condition. */
function isUnitOff(unit: string, isAddition: boolean): boolean {
  if (/^(?:Condition|Assert)\w+=./m.test(unit)) return true;
  const starts = [...unit.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = ""]) => command);
  return !starts.some((command) => command.includes("cloud-init")) &&
    (!isAddition || starts.length > 0);
}

function hasNoSource(configuration: string): boolean {
  const [, list] =
    /^\s*datasource_list["']?:\s*(\[[^\]]*\]|(?:\n?\s*-\s+\S+)+)/m.exec(configuration) ?? [];
  return list !== undefined && !/NoCloud|ConfigDrive/.test(list);
}

function offInScript(
  script: string,
  offset: number | undefined,
  depth: number,
): CloudInitOff | undefined {
  // Whatever switches cloud-init off names it, or its folder.
  if (depth > MAX_DEPTH || !script.includes("cloud")) return undefined;
  const other = /^\s*#!.*\b(?:python|perl|ruby|node)/.test(script);
  if (other && WRITTEN_BY_PROGRAM.test(script)) return { what: OFF.created, offset };
  return firstOf(shellCommands(other ? likeShell(script) : script), (command) => {
    const found = offInCommand(command, depth);
    return found && {
      ...found,
      offset: offset === undefined || other ? offset : offset + command.offset,
    };
  });
}

/** Python opens the file for writing, or touches it. */
const WRITTEN_BY_PROGRAM =
  /^[^#\n]*cloud-init\.disabled["']\s*(?:,\s*["'][wax]|\)\s*\.(?:touch|write))/m;

/** The words of a program in another language, without what it prints. */
function likeShell(program: string): string {
  return program.replace(/^\s*(?:print|puts|log\w*[.(]|#).*$/gm, "").replace(/[[\],]/g, " ");
}

function offInCommand(command: ShellCommand, depth: number): CloudInitOff | undefined {
  const off = (what: string): CloudInitOff => ({ what, offset: undefined });
  const words = command.words.flatMap((word) =>
    /^[\w./ @*-]+$/.test(word) ? word.split(" ") : [word]
  );
  const own = words.findIndex((word) => !BEFORE_COMMAND.test(word));
  const program = (words[own] ?? "").split("/").at(-1) ?? "";
  const input = command.stdin ?? printedBy(command.pipedFrom);
  // The files that the command writes, and what.
  const files = [...command.writes, ...(program === "tee" ? argumentsOf(words, own) : [])];
  const content = input ?? (ONLY_TEXT.has(program) ? printedBy(command) : undefined) ?? "";
  const written = firstOf(files, (path) => offInWritten(path, content, false, depth));
  if (written !== undefined) return written;
  if (input !== undefined) {
    if (/^(?:ba|da|k|z|a)?sh$|^(?:at|batch|crontab|ssh|su)$/.test(program)) {
      const found = offInScript(input, undefined, depth + 1);
      if (found !== undefined) return found;
    }
    if (
      program === "debconf-set-selections" &&
      /cloud-init\/datasources\s+multiselect\s+None\s*$/m.test(input)
    ) {
      return off(OFF.noSource);
    }
  }
  if (own < 0 || ONLY_TEXT.has(program)) return undefined;
  if (!words.some((word) => word.includes("cloud"))) return undefined;
  const what = offByCommand(words, command.writes);
  if (what !== undefined) return off(what);
  // A script in an argument: sh -c, trap, su -c.
  return firstOf(
    command.words.filter((word) => /\s/.test(word)),
    (word) => offInScript(word, undefined, depth + 1),
  );
}

/** The text that echo or printf prints. */
function printedBy(command: ShellCommand | undefined): string | undefined {
  const own = command?.words.findIndex((word) => !BEFORE_COMMAND.test(word)) ?? -1;
  const program = command?.words[own];
  if (command === undefined || program === undefined || !/^(?:echo|printf|cat)$/.test(program)) {
    return undefined;
  }
  return command.stdin ?? argumentsOf(command.words, own).join(" ").replaceAll("\\n", "\n");
}

function argumentsOf(words: readonly string[], own: number): readonly string[] {
  return words.slice(own + 1).filter((word) => !/^-\w/.test(word));
}

function textOfScalar(value: unknown): string | undefined {
  const scalar: unknown = isScalar(value) ? value.value : value;
  if (scalar instanceof Uint8Array) return textOfBytes(scalar);
  return scalar === undefined || scalar === null || typeof scalar === "object"
    ? undefined
    : String(scalar);
}

function placeOf(node: unknown, offset: number | undefined): number | undefined {
  // Every node that was parsed has a range.
  const start = isMap(node) || isSeq(node) || isScalar(node)
    ? (node satisfies Node).range?.[0]
    : undefined;
  return start === undefined || offset === undefined ? undefined : offset + start;
}

function firstOf<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

import { Buffer } from "node:buffer";
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { DISABLED_FILE, KERNEL_FILE, OFF, offByCommand, UNIT_FILE } from "./off_commands.ts";
import { piecesOf, textOfBytes, type UserDataPiece, userDataPieces } from "./pieces.ts";
import { isOneOf, nameOf } from "./shell_words.ts";
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

/** cloud-init reads no others in that folder (cloudinit/util.py, read_conf_d). */
const CONFIGURATION_FILE = /\/etc\/cloud\/cloud\.cfg(?:\.d\/[^/]+\.cfg)?$/;
const SCRIPT_FILE =
  /\/(?:bin|sbin|init\.d|rc\.d|cron[^/]*|per-(?:boot|once|instance)|profile\.d|dispatcher\.d)\/|\/rc\.local$|\.(?:sh|bash)$/;
const KERNEL_LINE = /^[^#;\n]*\bcloud-init=disabled\b/m;

/** Commands whose arguments are text, or are only looked at. */
const ONLY_TEXT =
  ": [ [[ alias case cat command diff echo egrep exit export false fgrep function grep head less local logger ls " +
  "printf read return rg set stat tail test true type unset wall wc which";
/** What stands before a command, beside flags, variables and times. */
const BEFORE_COMMAND =
  "! builtin do doas elif else env eval exec if nice nohup sudo then time timeout until while";

/** Finds what keeps cloud-init, and so our part of the user data, from running at the next boots. */
export function cloudInitOff(original: Uint8Array): CloudInitOff | undefined {
  return firstOf(userDataPieces(original), offIn);
}

function offIn(piece: UserDataPiece): CloudInitOff | undefined {
  const { kind, text, offset } = piece;
  if (kind === "script") return offInScript(text, offset, 0);
  const document = parseDocument(text);
  return kind === "cloud-config-archive"
    ? offInArchive(document, offset)
    : offInConfig(document, text, offset);
}

/** A list of texts, or of maps with `content` and perhaps `type` (cloudinit/user_data.py, _explode_archive). */
function offInArchive(document: Document, offset: number | undefined): CloudInitOff | undefined {
  if (!isSeq(document.contents)) return undefined;
  return firstOf(document.contents.items, (item) => {
    const [content, type] = isMap(item) ? [item.get("content"), item.get("type")] : [item];
    const found = firstOf(piecesOf(textOf(content), undefined, textOf(type), 1), offIn);
    return found && { ...found, offset: placeOf(item, offset) };
  });
}

/** Keys of a cloud-config, and of an autoinstall in it, with commands. */
const COMMAND_KEYS = "bootcmd runcmd early-commands late-commands";

function offInConfig(
  document: Document,
  text: string,
  offset: number | undefined,
): CloudInitOff | undefined {
  let found: CloudInitOff | undefined;
  const look = (key: string, value: unknown) => {
    if (isOneOf(COMMAND_KEYS, key) && isSeq(value)) {
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
    Pair: (_, { key, value }) => look(textOf(key), value),
    // An operation of a JSON patch: RFC 6902.
    Map: (_, map) => look(nameOf(textOf(map.get("path"))), map.get("value")),
  });
  return found;
}

/** A command is a line for a shell, or a list of words. */
function scriptOf(item: unknown): string {
  if (!isSeq(item)) return textOf(item);
  return item.items.map((word) => `'${textOf(word).replaceAll("'", "'\\''")}'`).join(" ");
}

/** An entry of write_files. Its content may be packed and encoded (cloudinit/config/cc_write_files.py). */
function offInFile(entry: YAMLMap, userData: string): CloudInitOff | undefined {
  const path = textOf(entry.get("path"));
  const written = textOf(entry.get("content"));
  const content = /b64|base64/.test(textOf(entry.get("encoding")))
    ? textOfBytes(Buffer.from(written, "base64"))
    : written;
  // A script that something else of the user data names is run, whatever its name is.
  const isNamed = path !== "" && userData.split(path).length > 2;
  return offInWritten(path, content, isNamed, 0);
}

function offInWritten(
  path: string,
  content: string,
  isRun: boolean,
  depth: number,
): CloudInitOff | undefined {
  const off = (what: string): CloudInitOff => ({ what, offset: undefined });
  if (DISABLED_FILE.test(path) && !path.startsWith("/run/")) return off(OFF.created);
  if (path === "/etc/cloud/ds-identify.cfg" && /^ *policy: *["']?disabled/m.test(content)) {
    return off("sets the policy of ds-identify to disabled");
  }
  if (CONFIGURATION_FILE.test(path) && hasNoSource(content)) return off(OFF.noSource);
  if (KERNEL_FILE.test(path) && KERNEL_LINE.test(content)) return off(OFF.kernel);
  const unit = UNIT_FILE.exec(path);
  if (unit !== null && isUnitOff(content, unit[1] !== undefined)) return off(OFF.disabled);
  if (path.endsWith(".service")) {
    const commands = [...content.matchAll(/^Exec\w+=[-@:+!|]*(.*)/gm)].map(([, command]) =>
      command
    );
    return offInInnerScript(commands.join("\n"), depth);
  }
  const isScript = isRun || content.startsWith("#!") || SCRIPT_FILE.test(path);
  return isScript ? offInInnerScript(content, depth) : undefined;
}

/** A unit of the same name that does not start cloud-init, or an addition to the unit that puts a condition. */
function isUnitOff(unit: string, isAddition: boolean): boolean {
  if (/^(?:Condition|Assert)\w+=./m.test(unit)) return true;
  const starts = unit.match(/^ExecStart=.*/gm) ?? [];
  return !starts.some((line) => line.includes("cloud-init")) && (!isAddition || starts.length > 0);
}

function hasNoSource(configuration: string): boolean {
  const list = parseDocument(configuration).get("datasource_list");
  return isSeq(list) && !/NoCloud|ConfigDrive/.test(String(list));
}

/** A script that another one writes or runs. */
function offInInnerScript(script: string, depth: number): CloudInitOff | undefined {
  return offInScript(script, undefined, depth + 1);
}

function offInScript(
  script: string,
  offset: number | undefined,
  depth: number,
): CloudInitOff | undefined {
  // Whatever switches cloud-init off names it, or its folder.
  if (depth > MAX_DEPTH || !script.includes("cloud")) return undefined;
  const other = /^#!.*\b(?:python|perl|ruby|node)/.test(script);
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
const WRITTEN_BY_PROGRAM = /^[^#\n]*cloud-init\.disabled["'](?:, ?["'][wax]|\)\.(?:touch|write))/m;

/** The words of a program in another language, without what it prints. */
function likeShell(program: string): string {
  return program.split("\n").filter((line) => !/^\s*(?:print|puts|log\w*[.(]|#)/.test(line))
    .join("\n").replace(/[[\],]/g, " ");
}

function offInCommand(command: ShellCommand, depth: number): CloudInitOff | undefined {
  const off = (what: string): CloudInitOff => ({ what, offset: undefined });
  const words = command.words.flatMap((word) =>
    /^[\w./ @*-]+$/.test(word) ? word.split(" ") : [word]
  );
  const { program, args } = ownWords(words);
  const input = command.stdin ?? printedBy(command.pipedFrom);
  const content = input ?? printedBy(command) ?? "";
  const files = program === "tee" ? [...command.writes, ...args] : command.writes;
  const written = firstOf(files, (path) => offInWritten(path, content, false, depth));
  if (written !== undefined) return written;
  if (input !== undefined) {
    if (isOneOf("sh ash bash dash ksh zsh at batch crontab ssh su", program)) {
      const found = offInInnerScript(input, depth);
      if (found !== undefined) return found;
    }
    if (
      program === "debconf-set-selections" &&
      /cloud-init\/datasources\s+multiselect\s+None\s*$/m.test(input)
    ) {
      return off(OFF.noSource);
    }
  }
  if (program === undefined || isOneOf(ONLY_TEXT, program)) return undefined;
  const what = offByCommand(words, command.writes);
  if (what !== undefined) return off(what);
  // A script in an argument: sh -c, trap, su -c.
  return firstOf(command.words, (word) => offInInnerScript(word, depth));
}

/** The text that echo or printf prints. */
function printedBy(command: ShellCommand | undefined): string | undefined {
  if (command === undefined) return undefined;
  const { program, args } = ownWords(command.words);
  if (!isOneOf("echo printf cat", program)) return undefined;
  return command.stdin ?? args.join(" ").replaceAll("\\n", "\n");
}

/** A command without what stands before it, and without flags of one letter. The program is absent in `A=1`. */
function ownWords(
  words: readonly string[],
): { readonly program: string | undefined; readonly args: readonly string[] } {
  const start = words.findIndex((word) =>
    !isOneOf(BEFORE_COMMAND, word) && !/^(?:-|\w+=|\d)/.test(word)
  );
  return {
    program: start < 0 ? undefined : words.slice(start).map(nameOf)[0],
    args: words.slice(start + 1).filter((word) => !/^-\w/.test(word)),
  };
}

/** The text of a scalar; empty for anything else. */
function textOf(node: unknown): string {
  const value: unknown = isScalar(node) ? node.value : node;
  if (value instanceof Uint8Array) return textOfBytes(value);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function placeOf(node: unknown, offset: number | undefined): number | undefined {
  // Every node that was parsed has a range.
  const range = isNode(node) ? node.range : undefined;
  return range && offset !== undefined ? offset + range[0] : undefined;
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

import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { asObject, type JsonObject, member } from "../../text/json.ts";
import { type JsonExtent, jsonPlaces, jsonValues } from "./json_text.ts";
import { type LineOf, type Manifest, ManifestError, manifestOf } from "./manifest.ts";
import type { Path } from "./path.ts";
import { yamlLines } from "./yaml_lines.ts";

/** The limit of aliases in a YAML document: without one, nested aliases of a small file could fill the memory. */
const MAX_ALIASES = 100;

/** The start of JSON, as opposed to flow style in YAML and to a template. */
const LIKE_JSON = /^\s*(\{\s*["}]|\[\s*["{[\]])/;

/**
 * Parses a file of Kubernetes objects in YAML or JSON. It may have several documents, and lists, whose items
 * are returned.
 *
 * @param file The name of the file, for messages.
 * @throws {ManifestError} if it is neither YAML nor JSON.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] {
  const json = LIKE_JSON.test(text) ? jsonValues(text) : undefined;
  if (json !== undefined && !("problem" in json)) {
    return json.flatMap((extent) => jsonManifests(text, file, extent));
  }
  const lines = new LineCounter();
  // kubectl's YAML parser, which is Go's, supports merge keys.
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true });
  const manifests: Manifest[] = [];
  // For an empty file the parser returns an array with extra members, which is empty, too.
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = json === undefined
        ? lines.linePos(error.pos[0])
        : positionIn(text, json.at);
      throw notReadable(text, file, {
        place: `line ${line}, column ${col}`,
        // The rest of the parser's message quotes the file.
        reason: json?.problem ?? (error.message.split(/ at line \d+|\n/)[0] ?? "").trim(),
        language: json === undefined ? "YAML" : "JSON",
      });
    }
    const object = asObject(toJson(document, file));
    if (object === undefined) continue;
    manifests.push(...withoutLists(file, object, yamlLines(document, lines, text)));
  }
  return manifests;
}

function jsonManifests(
  text: string,
  file: string,
  { start, end }: JsonExtent,
): readonly Manifest[] {
  const own = text.slice(start, end);
  const object = asObject(JSON.parse(own));
  if (object === undefined) return [];
  const placeOf = jsonPlaces(own);
  // A string in JSON is on one line, so that the character does not matter.
  const lineOf = (path: Path) => positionIn(text, start + placeOf(path)).line;
  return withoutLists(file, object, lineOf);
}

function withoutLists(
  file: string,
  object: JsonObject,
  lineOf: LineOf,
): readonly Manifest[] {
  const items = member(object, "items");
  if (!Array.isArray(items)) return [manifestOf(file, object, lineOf)];
  return items.flatMap((item: unknown, index) => {
    const entry = asObject(item);
    return entry === undefined ? [] : withoutLists(
      file,
      entry,
      (path, character) => lineOf(["items", index, ...path], character),
    );
  });
}

function toJson(document: Document, file: string): unknown {
  try {
    // Values that JSON does not have, such as dates, become strings.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? null));
  } catch {
    throw new ManifestError(
      `${file} has too many YAML aliases to be a manifest: write the values in full.`,
    );
  }
}

function notReadable(
  text: string,
  file: string,
  { place, reason, language }: {
    readonly place: string;
    readonly reason: string;
    readonly language: "JSON" | "YAML";
  },
): ManifestError {
  const hint = /\{\{/.test(text)
    ? "It looks like a template: render it first, for example with helm template."
    : `Fix the ${language} there.`;
  return new ManifestError(`${file}, ${place}: ${reason}. ${hint}`);
}

/** Line and column of an offset, both counted from 1, in UTF-16 code units. */
export function positionIn(
  text: string,
  at: number,
): { readonly line: number; readonly col: number } {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, col: (lines.at(-1)?.length ?? 0) + 1 };
}

import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { asObject, type JsonObject, member } from "../../text/json.ts";
import { type JsonExtent, jsonPlaces, jsonValues } from "./json_text.ts";
import { type LineOf, type Manifest, ManifestError, manifestOf } from "./manifest.ts";
import type { Path } from "./path.ts";
import { yamlLines } from "./yaml_lines.ts";

/** A document may repeat its anchors this often: more is an attack on our memory. */
const MOST_ALIASES = 100;

/** Text that means to be JSON and not YAML's flow style, nor a template. */
const LIKE_JSON = /^\s*(\{\s*["}]|\[\s*["{[\]])/;

/**
 * Parses a file of Kubernetes objects: YAML, or JSON, any number of documents, lists taken apart.
 *
 * @param file The file's name, for messages.
 * @throws {ManifestError} if it is neither.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] {
  const json = LIKE_JSON.test(text) ? jsonValues(text) : undefined;
  if (json !== undefined && !("problem" in json)) {
    return json.flatMap((extent) => jsonManifests(text, file, extent));
  }
  const lines = new LineCounter();
  // Go's YAML, which kubectl uses, knows merge keys.
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true });
  const manifests: Manifest[] = [];
  // An empty file parses as an empty list with members of its own.
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = json === undefined
        ? lines.linePos(error.pos[0])
        : positionIn(text, json.at);
      throw notReadable(text, file, {
        place: `line ${line}, column ${col}`,
        // The parser's message goes on with an excerpt of the file.
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
  // A string in JSON never goes over several lines, so that the character does not matter.
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
    // What JSON does not have, such as a date, becomes what JSON has for it.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: MOST_ALIASES }) ?? null));
  } catch {
    throw new ManifestError(`${file} repeats its anchors too often to be a manifest.`);
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
    : `Mend the ${language} there.`;
  return new ManifestError(`${file}, ${place}: ${reason}. ${hint}`);
}

/** Line and column of an offset, both counted from 1, in UTF-16 units. */
export function positionIn(
  text: string,
  at: number,
): { readonly line: number; readonly col: number } {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length, col: (lines.at(-1)?.length ?? 0) + 1 };
}

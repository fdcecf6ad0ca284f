import { type Document, parseAllDocuments } from "yaml";
import { asObject, type JsonObject, member } from "../../text/json.ts";
import { type JsonExtent, jsonPlaces, type JsonProblem, jsonValues } from "./json_text.ts";
import { type LineOf, type Manifest, ManifestError, manifestOf } from "./manifest.ts";
import type { Path } from "./path.ts";
import { YamlProblem } from "./yaml_problem.ts";
import { yamlValue } from "./yaml_value.ts";

/** The start of JSON, as opposed to flow style in YAML and to a template. */
const LIKE_JSON = /^\s*(\{\s*["}]|\[\s*["{[\]])/;

/**
 * Reads a file of Kubernetes objects in YAML or JSON, as kubectl does. It may have several documents, and lists,
 * whose items are returned.
 *
 * @param file The name of the file, for messages.
 * @throws {ManifestError} if kubectl would refuse the file.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] {
  const json = LIKE_JSON.test(text) ? jsonValues(text) : undefined;
  if (json !== undefined && !("problem" in json)) {
    return json.flatMap((extent) => jsonManifests(text, file, extent));
  }
  try {
    return [...yamlDocuments(text)].flatMap((document) => yamlManifests(text, file, document));
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw json === undefined
      ? notReadable(text, file, { problem: error.message, at: error.at }, "YAML")
      : notReadable(text, file, json, "JSON");
  }
}

/** What no YAML has: https://yaml.org/spec/1.1/#id868524 */
const CONTROL_CHARACTER = /[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Every scalar stays a text, which `yamlValue` reads as kubectl does. The parser's own YAML 1.1 has dates and numbers in
 * base 60, which kubectl does not have. A pretty error quotes the file.
 */
const AS_TEXT = {
  schema: "failsafe",
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
} as const;

/** A document in a file, and the offset where it begins. */
interface YamlDocument {
  readonly text: string;
  readonly start: number;
}

/**
 * Splits a file at its separators, as kubectl does before it reads any YAML (kubernetes/apimachinery
 * pkg/util/yaml/decoder.go, YAMLReader).
 */
function* yamlDocuments(text: string): Iterable<YamlDocument> {
  let start = 0;
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null) throw new YamlProblem("it has a control character", control.index);
  for (const { 0: line, index } of text.matchAll(/(?<=^|\n)---[^\n]*/g)) {
    if (!/^---\s*(#|$)/.test(line)) {
      throw new YamlProblem("a document separator (---) has something behind it", index);
    }
    yield { text: text.slice(start, index), start };
    start = index + line.length;
  }
  yield { text: text.slice(start), start };
}

function yamlManifests(
  whole: string,
  file: string,
  { text, start }: YamlDocument,
): readonly Manifest[] {
  const directive = /^(?:[ \t\r]*(?:#.*)?\n)*%/.exec(text);
  if (directive !== null) {
    throw new YamlProblem("kubectl takes no directive (%)", start + directive[0].length - 1);
  }
  // kubectl does not read what is behind the end of a document (...). For an empty text the parser returns an array with
  // extra members, which is empty, too.
  const [document] = parseAllDocuments(text, AS_TEXT) as readonly Document[];
  if (document === undefined) return [];
  const [error] = document.errors;
  if (error !== undefined) throw new YamlProblem(error.message, start + error.pos[0]);
  const { value, placeOf, repeatedKeys } = yamlValue(document, whole, start);
  const object = asObject(value);
  if (object === undefined) return [];
  const lineOf: LineOf = (path, character) => positionIn(whole, placeOf(path, character)).line;
  return withoutLists(file, object, lineOf, repeatedKeys);
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
  return withoutLists(file, object, lineOf, []);
}

function withoutLists(
  file: string,
  object: JsonObject,
  lineOf: LineOf,
  repeatedKeys: readonly Path[],
): readonly Manifest[] {
  const items = member(object, "items");
  if (!Array.isArray(items)) return [manifestOf(file, object, lineOf, repeatedKeys)];
  return items.flatMap((item: unknown, index) => {
    const entry = asObject(item);
    return entry === undefined ? [] : withoutLists(
      file,
      entry,
      (path, character) => lineOf(["items", index, ...path], character),
      repeatedKeys.filter((path) => path[0] === "items" && path[1] === index)
        .map((path) => path.slice(2)),
    );
  });
}

function notReadable(
  text: string,
  file: string,
  { problem, at }: JsonProblem,
  language: "JSON" | "YAML",
): ManifestError {
  const { line, col } = positionIn(text, at);
  const hint = /\{\{/.test(text)
    ? "It looks like a template: render it first, for example with helm template."
    : `Fix the ${language} there.`;
  return new ManifestError(`${file}, line ${line}, column ${col}: ${problem}. ${hint}`);
}

/** Line and column of an offset, both counted from 1, in UTF-16 code units. */
export function positionIn(
  text: string,
  at: number,
): { readonly line: number; readonly col: number } {
  const before = text.slice(0, at);
  return { line: before.split("\n").length, col: at - before.lastIndexOf("\n") };
}

import type { Document, LineCounter, Node } from "yaml";
import { asObject, type JsonObject, member } from "../json.ts";
import { type Manifest, ManifestError, manifestOf } from "./manifest.ts";
import type { Path } from "./path.ts";

/** A document may repeat its anchors this often: more is an attack on our memory. */
const MOST_ALIASES = 100;

/**
 * Parses a file of Kubernetes objects: YAML or JSON, any number of documents, lists taken apart.
 *
 * @param file The file's name, for messages.
 * @throws {ManifestError} if it is no YAML.
 */
export async function parseManifests(text: string, file: string): Promise<readonly Manifest[]> {
  // Loaded only here, so that the sidecar itself starts without it.
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  // Go's YAML, which kubectl uses, knows merge keys.
  const documents = yaml.parseAllDocuments(text, { lineCounter: lines, merge: true });
  const manifests: Manifest[] = [];
  // An empty file parses as an empty list with members of its own.
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) throw notYaml(error, file, lines, text);
    const object = asObject(toJson(document, file));
    if (object === undefined) continue;
    const lineOf = (path: Path) => lineOfPath(document, lines, path);
    manifests.push(...withoutLists(file, object, lineOf));
  }
  return manifests;
}

function withoutLists(
  file: string,
  object: JsonObject,
  lineOf: (path: Path) => number,
): readonly Manifest[] {
  const items = member(object, "items");
  if (!Array.isArray(items)) return [manifestOf(file, object, lineOf)];
  return items.flatMap((item: unknown, index) => {
    const entry = asObject(item);
    return entry === undefined
      ? []
      : withoutLists(file, entry, (path) => lineOf(["items", index, ...path]));
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

function lineOfPath(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    const entry = entryOf(node, step);
    if (entry === undefined) break;
    offset = startOf(entry.key) ?? startOf(entry.value) ?? offset;
    node = entry.value;
  }
  return lines.linePos(offset).line;
}

/** A member of a map with its key, or an item of a sequence. */
function entryOf(
  node: unknown,
  step: string | number,
): { key?: unknown; value: unknown } | undefined {
  const items = asNode(node)?.items;
  if (!Array.isArray(items)) return undefined;
  if (typeof step === "number") return step in items ? { value: items[step] } : undefined;
  return items.find((item: { key?: { value?: unknown } }) => item?.key?.value === step);
}

function startOf(node: unknown): number | undefined {
  return asNode(node)?.range?.[0];
}

function asNode(node: unknown): (Node & { readonly items?: unknown }) | undefined {
  return typeof node === "object" && node !== null
    // Nodes of every kind have a range; collections have items.
    ? node as Node & { readonly items?: unknown }
    : undefined;
}

function notYaml(
  error: { readonly message: string; readonly pos: readonly [number, number] },
  file: string,
  lines: LineCounter,
  text: string,
): ManifestError {
  const { line, col } = lines.linePos(error.pos[0]);
  // The parser's message goes on with an excerpt of the file.
  const [reason = ""] = error.message.split(/ at line \d+|\n/);
  const hint = /\{\{/.test(text)
    ? "It looks like a template: render it first, for example with helm template."
    : "Mend the YAML there.";
  return new ManifestError(`${file}, line ${line}, column ${col}: ${reason.trim()}. ${hint}`);
}

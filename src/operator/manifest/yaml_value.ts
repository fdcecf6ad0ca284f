import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, visit } from "yaml";
import type { Path } from "./path.ts";
import { placeInSource } from "./scalar.ts";
import { YamlProblem } from "./yaml_problem.ts";
import { keyText, scalarValue } from "./yaml_scalar.ts";

/** A YAML document as JSON. */
export interface YamlValue {
  readonly value: unknown;
  /** The offset in the file of the deepest part of a path that the document has. */
  readonly placeOf: (path: Path, character?: number) => number;
  /** The paths of keys that a map has more than once. */
  readonly repeatedKeys: readonly Path[];
}

/** A part of a map or a list: its node, and where it begins. */
interface Part {
  readonly node: unknown;
  readonly offset: number;
}

/**
 * Without a limit, nested aliases of a small file could fill the memory. These are kubectl's own, without its soft
 * transition between the shares (yaml/go-yaml v2 decode.go).
 */
const MIN_NODES = 1000;
const MAX_NODES = 400_000;
const maxAliasedShare = (nodes: number) => nodes <= MAX_NODES ? 0.99 : 0.1;

/**
 * Converts a document to JSON as kubectl does (yaml/go-yaml v2 decode.go, kubernetes-sigs/yaml yaml.go): of a key that
 * is there twice the last counts, and a merge key replaces what stands before it.
 *
 * @param document Of the failsafe schema, so that every scalar is a text.
 * @param text The file.
 * @param start The offset in the file where the document's text begins.
 * @throws {YamlProblem} if kubectl refuses the document.
 */
export function yamlValue(document: Document, text: string, start: number): YamlValue {
  const startOf = (node: unknown) => start + (rangeOf(node)?.[0] ?? 0);
  const targets = aliasTargets(document);
  const partsOf = new Map<unknown, ReadonlyMap<string | number, Part>>();
  const repeatedKeys: Path[] = [];
  const open = new Set<unknown>();
  let nodes = 0;
  let aliased = 0;

  function convert(node: unknown, path: Path): unknown {
    nodes++;
    if (open.size > 0) aliased++;
    if (nodes > MIN_NODES && aliased / nodes > maxAliasedShare(nodes)) {
      throw new YamlProblem("it has too many aliases: write the values in full", startOf(node));
    }
    if (isAlias(node)) return followed(node, (target) => convert(target, path));
    if (isMap(node)) {
      const members = new Map<string, unknown>();
      const parts = new Map<string, Part>();
      fill(node, path, members, parts);
      return withParts(Object.fromEntries(members), parts);
    }
    if (isSeq(node)) {
      return withParts(
        node.items.map((item, index) => convert(item, [...path, index])),
        new Map(node.items.map((item, index) => [index, { node: item, offset: startOf(item) }])),
      );
    }
    const value = scalarOf(node);
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new YamlProblem("JSON has no number for .inf and .nan", startOf(node));
    }
    return typeof value === "bigint" ? Number(value) : value;
  }

  /** Adds the members of a map, and those of the maps that it merges. */
  function fill(
    node: unknown,
    path: Path,
    members: Map<string, unknown>,
    parts: Map<string, Part>,
  ): void {
    if (isAlias(node)) {
      followed(node, (target) => fill(target, path, members, parts));
      return;
    }
    if (!isMap(node)) {
      throw new YamlProblem("a merge key (<<) needs a map, or a list of maps", startOf(node));
    }
    const own = new Set<string>();
    for (const { key, value } of node.items) {
      if (isMergeKey(key)) {
        // Earlier maps of a list win.
        const sources = isSeq(value) ? value.items.toReversed() : [value];
        for (const source of sources) fill(source, path, members, parts);
        continue;
      }
      const name = keyOf(key);
      if (own.has(name)) repeatedKeys.push([...path, name]);
      own.add(name);
      members.set(name, convert(value, [...path, name]));
      parts.set(name, { node: value, offset: startOf(key) });
    }
  }

  /** The key of a member. An alias may stand for it. */
  function keyOf(node: unknown): string {
    if (isAlias(node)) return followed(node, keyOf);
    const key = isScalar(node) ? keyText(scalarOf(node)) : undefined;
    if (key === undefined) throw new YamlProblem("a key is no text", startOf(node));
    return key;
  }

  function scalarOf(node: unknown) {
    // A key without a colon has no node for its value.
    if (!isScalar(node)) return null;
    const { value, type, tag } = node;
    const written = typeof value === "string" ? value : "";
    return scalarValue({ text: written, isPlain: type === "PLAIN", tag, at: startOf(node) });
  }

  function followed<Result>(alias: Alias, use: (target: Node) => Result): Result {
    const target = targets.get(alias);
    if (target === undefined) {
      throw new YamlProblem("an alias has no anchor before it", startOf(alias));
    }
    if (open.has(target)) throw new YamlProblem("an anchor is in itself", startOf(alias));
    open.add(target);
    const result = use(target);
    open.delete(target);
    return result;
  }

  function withParts<Value>(value: Value, parts: ReadonlyMap<string | number, Part>): Value {
    partsOf.set(value, parts);
    return value;
  }

  const root: Part = { node: document.contents, offset: startOf(document.contents) };
  const value = convert(root.node, []);
  return {
    value,
    repeatedKeys,
    placeOf(path, character) {
      let [inner, part, depth]: [unknown, Part, number] = [value, root, 0];
      for (const step of path) {
        const next = partsOf.get(inner)?.get(step);
        if (next === undefined) break;
        // A value that has parts is an object or a list.
        inner = (inner as Record<string | number, unknown>)[step];
        part = next;
        depth++;
      }
      const within = character === undefined || depth < path.length
        ? undefined
        : offsetIn(part.node, start, character, text);
      return within ?? part.offset;
    },
  };
}

/** The nodes that the aliases of a document stand for: those of the last anchor before them. */
function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
    },
  });
  return targets;
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" &&
    (key.tag === undefined ? key.type === "PLAIN" : /^(!|tag:yaml\.org,2002:merge)$/.test(key.tag));
}

/** The offset in the file of a character of a scalar. */
function offsetIn(
  node: unknown,
  start: number,
  character: number,
  text: string,
): number | undefined {
  const [from, to] = rangeOf(node) ?? [];
  if (!isScalar(node) || typeof node.value !== "string" || node.type === undefined) {
    return undefined;
  }
  if (from === undefined || to === undefined) return undefined;
  const source = text.slice(start + from, start + to);
  return start + from +
    placeInSource({ style: node.type, source, value: node.value }, character);
}

/** The offsets in the document's text where a node and its value begin and end. Nodes of every kind have them. */
function rangeOf(node: unknown) {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
}

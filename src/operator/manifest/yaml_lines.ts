import type { Document, LineCounter, Node } from "yaml";
import type { LineOf } from "./manifest.ts";
import { placeInSource } from "./scalar.ts";

/** Finds the lines of the parts of a YAML document. */
export function yamlLines(document: Document, lines: LineCounter, text: string): LineOf {
  return (path, character) => {
    let node: unknown = document.contents;
    let offset = startOf(node) ?? 0;
    let depth = 0;
    for (const step of path) {
      const entry = entryOf(node, step);
      if (entry === undefined) break;
      offset = startOf(entry.key) ?? startOf(entry.value) ?? offset;
      node = entry.value;
      depth++;
    }
    const within = character === undefined || depth < path.length
      ? undefined
      : offsetIn(node, character, text);
    return lines.linePos(within ?? offset).line;
  };
}

/** The offset in the file of a character of a scalar. */
function offsetIn(node: unknown, character: number, text: string): number | undefined {
  const scalar = asNode(node);
  const [start, end] = scalar?.range ?? [];
  if (start === undefined || end === undefined) return undefined;
  if (typeof scalar?.value !== "string" || scalar.type === undefined) return undefined;
  const source = text.slice(start, end);
  return start + placeInSource({ style: scalar.type, source, value: scalar.value }, character);
}

/** The member of a map with its key, or the item of a sequence. */
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

/** The members of a node that are read here: collections have items, scalars a value and a style. */
type AnyNode = Node & {
  readonly items?: unknown;
  readonly value?: unknown;
  readonly type?: string;
};

function asNode(node: unknown): AnyNode | undefined {
  return typeof node === "object" && node !== null
    // Nodes of every kind have a range, and the members that are read here are optional.
    ? node as AnyNode
    : undefined;
}

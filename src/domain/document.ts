import { parseXml, XmlElement, XmlError } from "@rgrove/parse-xml";
import { clipped } from "../clipped.ts";
import { InvalidInput } from "../invalid_input.ts";

/** A libvirt domain: its text, and its elements with their places in it (UTF-16 offsets). */
export interface DomainDocument {
  readonly text: string;
  readonly domain: XmlElement;
}

/** An XML declaration with its `encoding`: https://www.w3.org/TR/xml/#NT-XMLDecl */
const DECLARATION = new RegExp(
  "^\\uFEFF?<\\?xml\\s+version\\s*=\\s*(?:'1\\.\\d+'|\"1\\.\\d+\")" +
    "(?:\\s+encoding\\s*=\\s*(?:'([A-Za-z][\\w.-]*)'|\"([A-Za-z][\\w.-]*)\"))?" +
    "(?:\\s+standalone\\s*=\\s*(?:'(?:yes|no)'|\"(?:yes|no)\"))?\\s*\\?>",
);

/**
 * The levels that libvirt reads: it parses without XML_PARSE_HUGE, and libxml2 then takes 257
 * (GNOME/libxml2 parser.c, nodePush).
 */
const DEEPEST_LEVEL = 257;

/**
 * Parses a libvirt domain without changing a byte of it.
 *
 * @throws {InvalidInput} with line and column if it is not well-formed, not UTF-8, or not a domain.
 */
export function parseDomain(bytes: Uint8Array): DomainDocument {
  const text = decodeXml(bytes);
  const { root } = parse(text);
  if (root === null || root.name !== "domain") {
    throw new InvalidInput(
      `The domain XML has the root element <${clipped(root?.name ?? "")}>${
        position(text, root?.start ?? 0)
      }: ` +
        "libvirt's domain documents have <domain>.",
    );
  }
  refuseDeepNesting(text, root);
  return { text, domain: root };
}

/** The child elements of an element that have a name. Prefixed names are never libvirt's own. */
export function childElements(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((node): node is XmlElement =>
    node instanceof XmlElement && node.name === name
  );
}

/** Line and column of an offset, both counted from 1, as errors show them. */
export function position(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return ` (line ${line}, column ${offset - before.lastIndexOf("\n")})`;
}

/** Level by level, so that no depth is too much for the stack. */
function refuseDeepNesting(text: string, root: XmlElement): void {
  let elements: readonly XmlElement[] = [root];
  for (let level = 1; elements.length > 0; level++) {
    if (level > DEEPEST_LEVEL) {
      throw tooDeep(position(text, elements[0]?.start ?? 0));
    }
    elements = elements.flatMap(({ children }) =>
      children.filter((node) => node instanceof XmlElement)
    );
  }
}

function tooDeep(place: string): InvalidInput {
  return new InvalidInput(
    `The domain XML nests its elements more than ${DEEPEST_LEVEL} levels deep${place}: libvirt refuses that.`,
  );
}

function decodeXml(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidInput("The domain XML is not UTF-8: KubeVirt writes it in UTF-8.");
  }
  if (!/^\uFEFF?<\?xml\s/.test(text)) return text;
  const declaration = DECLARATION.exec(text);
  // The parser takes some declarations that libvirt's does not.
  if (declaration === null) {
    throw new InvalidInput(
      "The domain XML is not well-formed (line 1, column 1): Invalid XML declaration.",
    );
  }
  const encoding = declaration[1] ?? declaration[2];
  if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) {
    throw new InvalidInput(
      "The domain XML declares another encoding than UTF-8 (line 1): KubeVirt writes it in UTF-8.",
    );
  }
  return text;
}

function parse(text: string) {
  try {
    return parseXml(withLineFeeds(text), { includeOffsets: true });
  } catch (error) {
    if (error instanceof XmlError) {
      // The parser's message goes on with an excerpt, which may hold what a log must not.
      const [reason = ""] = error.message.split(/\n| \(line /);
      throw new InvalidInput(
        `The domain XML is not well-formed (line ${error.line}, column ${error.column}): ${
          clipped(reason)
        }.`,
      );
    }
    // The parser calls itself for each level, and has run out of stack.
    if (error instanceof RangeError) throw tooDeep("");
    throw error;
  }
}

/**
 * The text with every line break as LF, and still of the same length, so that offsets fit both. The parser
 * would do it itself (https://www.w3.org/TR/xml/#sec-line-ends), in a time that grows with their square.
 */
function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, (lineBreak) => lineBreak.length === 2 ? " \n" : "\n");
}

import { parseXml, XmlDocument, XmlElement, XmlError } from "@rgrove/parse-xml";
import { truncate } from "../text/truncate.ts";
import { InvalidInput } from "../text/invalid_input.ts";
import { decodeXml } from "./encoding.ts";
import { refuseDeepNesting } from "./nesting.ts";
import { position, withLineFeeds } from "./position.ts";
import { refuseLargeDomain } from "./size.ts";
import { withoutSurrogates } from "./surrogates.ts";

/**
 * A libvirt domain: its text, and its elements with their places in it (UTF-16 offsets). Names and values in
 * them are {@link withoutSurrogates}.
 */
export interface DomainDocument {
  readonly text: string;
  readonly domain: XmlElement;
}

/** What may stand before a document type declaration: https://www.w3.org/TR/xml/#NT-prolog */
const MISC = /[ \t\r\n]+|<!--[^]*?-->|<\?[^]*?\?>/y;

/** What no document may hold: https://www.w3.org/TR/xml/#NT-Char */
const NO_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * Parses a libvirt domain without changing a byte of it.
 *
 * @throws {InvalidInput} if it is too large, or, with line and column, if it is not well-formed, not UTF-8,
 * or not a domain.
 */
export function parseDomain(bytes: Uint8Array): DomainDocument {
  refuseLargeDomain(bytes);
  const text = decodeXml(bytes);
  refuseDocumentType(text);
  const { root } = parse(text);
  if (root === null || root.name !== "domain") {
    throw new InvalidInput(
      `The domain XML has the root element <${truncate(root?.name ?? "")}>${
        position(text, root?.start ?? 0)
      }: ` +
        "libvirt's domain documents have <domain>.",
      "domain",
    );
  }
  refuseDeepNesting(text);
  return { text, domain: root };
}

/** The child elements of an element that have a name. Prefixed names are never libvirt's own. */
export function childElements(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((node): node is XmlElement =>
    node instanceof XmlElement && node.name === name
  );
}

/**
 * Refuses a document type: our parser skips what it declares, libvirt's reads it, and both would have to
 * agree on where it ends.
 */
function refuseDocumentType(text: string): void {
  let offset = text.startsWith("\uFEFF") ? 1 : 0;
  MISC.lastIndex = offset;
  while (MISC.test(text)) offset = MISC.lastIndex;
  if (text.startsWith("<!DOCTYPE", offset)) {
    throw new InvalidInput(
      `The domain XML declares a document type${position(text, offset)}: neither libvirt nor ` +
        "KubeVirt writes one. Look at what the hooks before this sidecar do to the domain.",
      "domain",
    );
  }
}

/** Where and why a text is not well-formed. */
interface Flaw {
  /** In UTF-16 units. */
  readonly offset: number;
  readonly reason: string;
}

function parse(text: string): XmlDocument {
  // The parser takes long to refuse such a character, and says wrongly where it stands. It is shown another
  // one there, so that what is wrong before it is still refused first.
  const noCharacter = text.search(NO_CHARACTER);
  const parsed = parsedOrFlaw(
    noCharacter === -1 ? text : `${text.slice(0, noCharacter)}x${text.slice(noCharacter + 1)}`,
  );
  const isFirst = parsed instanceof XmlDocument || noCharacter <= parsed.offset;
  if (noCharacter !== -1 && isFirst) {
    throw notWellFormed(text, { offset: noCharacter, reason: "Invalid character" });
  }
  if (parsed instanceof XmlDocument) return parsed;
  throw notWellFormed(text, parsed);
}

function parsedOrFlaw(text: string): XmlDocument | Flaw {
  try {
    // The parser would replace carriage returns itself, in a time that grows with their square.
    return parseXml(withoutSurrogates(withLineFeeds(text)), { includeOffsets: true });
  } catch (error) {
    if (error instanceof XmlError) return flawOf(error);
    // The parser calls itself for each level, and has run out of stack.
    if (error instanceof RangeError) refuseDeepNesting(text);
    throw error;
  }
}

function flawOf(error: XmlError): Flaw {
  // The parser's message goes on with an excerpt, which may hold what a log must not.
  const [reason = ""] = error.message.split(/\n| \(line /);
  // It has then read on by the character that should have been a semicolon.
  const readOn = reason.startsWith("Unterminated reference") ? 1 : 0;
  return { offset: error.pos - readOn, reason };
}

function notWellFormed(text: string, { offset, reason }: Flaw): InvalidInput {
  return new InvalidInput(
    `The domain XML is not well-formed${position(text, offset)}: ${truncate(reason)}.`,
    "domain",
  );
}

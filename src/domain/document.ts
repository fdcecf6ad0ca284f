import { parseXml, type XmlDocument, XmlElement, XmlError } from "@rgrove/parse-xml";
import { InvalidInput } from "../text/invalid_input.ts";
import { truncate } from "../text/truncate.ts";
import { decodeXml } from "./encoding.ts";
import { refuseDeepNesting } from "./nesting.ts";
import { position, withLineFeeds } from "./position.ts";
import { refuseLargeDomain } from "./size.ts";
import { withoutSurrogates } from "./surrogates.ts";

/**
 * A libvirt domain: its text, and its elements with their offsets in it (in UTF-16 code units). In their names
 * and values, surrogates are replaced ({@link withoutSurrogates}).
 */
export interface DomainDocument {
  readonly text: string;
  readonly domain: XmlElement;
}

/** What may stand before a document type declaration: https://www.w3.org/TR/xml/#NT-prolog */
const MISC = /[ \t\r\n]|<!--[^]*?-->|<\?[^]*?\?>/y;

/**
 * Parses a libvirt domain without changing a byte of it.
 *
 * @throws {InvalidInput} if it is too large; and, with line and column, if it is not well-formed, not UTF-8, or
 * not a domain.
 */
export function parseDomain(bytes: Uint8Array): DomainDocument {
  refuseLargeDomain(bytes);
  const text = decodeXml(bytes);
  refuseDocumentType(text);
  const { root } = parse(text);
  if (root?.name !== "domain") {
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

/** The child elements of a name. libvirt's own elements have no namespace prefix. */
export function childElements(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((node): node is XmlElement =>
    node instanceof XmlElement && node.name === name
  );
}

/**
 * Refuses a document type declaration. Our parser skips it, libvirt's reads it: the two could disagree on where
 * it ends.
 */
function refuseDocumentType(text: string): void {
  let offset = text.startsWith("\uFEFF") ? 1 : 0;
  MISC.lastIndex = offset;
  while (MISC.test(text)) offset = MISC.lastIndex;
  if (text.startsWith("<!DOCTYPE", offset)) {
    throw new InvalidInput(
      `The domain XML declares a document type${position(text, offset)}: neither libvirt nor ` +
        "KubeVirt writes one. Look for another hook sidecar that changes the domain.",
      "domain",
    );
  }
}

function parse(text: string): XmlDocument {
  try {
    // The parser would replace carriage returns itself, in a time that grows with the square of their number.
    return parseXml(withoutSurrogates(withLineFeeds(text)), { includeOffsets: true });
  } catch (error) {
    if (error instanceof XmlError) throw notWellFormed(text, error);
    // The parser is recursive: deep nesting exhausts the stack.
    refuseDeepNesting(text);
    throw error;
  }
}

function notWellFormed(text: string, { message, pos }: XmlError): InvalidInput {
  // The rest of the parser's message is an excerpt of the document, which must not get into a log.
  const reason = message.replace(/(?:\n| \(line )[^]*/, "");
  // For this problem alone the offset is behind the character that is wrong.
  const excess = reason.startsWith("Unterminated reference") ? 1 : 0;
  return new InvalidInput(
    `The domain XML is not well-formed${position(text, pos - excess)}: ${truncate(reason)}.`,
    "domain",
  );
}

import { XmlElement } from "@rgrove/parse-xml";
import type { Edit } from "./splice.ts";

/**
 * One attribute of a start tag: https://www.w3.org/TR/xml/#NT-Attribute
 *
 * White space is XML's (https://www.w3.org/TR/xml/#NT-S): names may have some of the characters that `\s`
 * matches.
 */
const ATTRIBUTE = /[ \t\r\n]+([^ \t\r\n=]+)[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*')/y;

/** Adds a last child to an element, on a line of its own if its siblings have one. */
export function appendChild(text: string, parent: XmlElement, child: string): Edit {
  if (text.endsWith("/>", parent.end)) {
    const slash = parent.end - "/>".length;
    return { start: slash, end: parent.end, text: `>${child}</${parent.name}>` };
  }
  const endTag = text.lastIndexOf("</", parent.end - 1);
  const last = parent.children.findLast((node) => node instanceof XmlElement);
  const lineBreak = last === undefined ? "" : indentation(text, last);
  const start = withoutSpaceBefore(text, endTag);
  return { start, end: start, text: lineBreak + child };
}

/** Adds an element before another one, on a line of its own if that one has one. */
export function insertBefore(text: string, sibling: XmlElement, element: string): Edit {
  return {
    start: sibling.start,
    end: sibling.start,
    text: element + indentation(text, sibling),
  };
}

/** Sets an attribute of an element. One that exists keeps its place and its quotes. */
export function setAttribute(
  text: string,
  element: XmlElement,
  name: string,
  value: string,
): Edit {
  const afterName = element.start + 1 + element.name.length;
  ATTRIBUTE.lastIndex = afterName;
  for (let found = ATTRIBUTE.exec(text); found !== null; found = ATTRIBUTE.exec(text)) {
    if (found[1] !== name) continue;
    const end = ATTRIBUTE.lastIndex - 1;
    // The value is between two quotes of the same kind.
    return { start: text.lastIndexOf(text.charAt(end), end - 1) + 1, end, text: value };
  }
  return { start: afterName, end: afterName, text: ` ${name}="${value}"` };
}

/** The start of the white space that ends at an offset. */
function withoutSpaceBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && " \t\r\n".includes(text.charAt(start - 1))) start--;
  return start;
}

/** The line break and the white space before an element; empty if the element does not start its line. */
function indentation(text: string, element: XmlElement): string {
  let start = element.start;
  while (start > 0 && " \t".includes(text.charAt(start - 1))) start--;
  if (text[start - 1] !== "\n") return "";
  const lineBreak = text[start - 2] === "\r" ? "\r\n" : "\n";
  return lineBreak + text.slice(start, element.start);
}

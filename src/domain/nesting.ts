import { InvalidInput } from "../text/invalid_input.ts";
import { position } from "./position.ts";

/**
 * The levels of elements that libvirt accepts: it parses without XML_PARSE_HUGE, and libxml2 then accepts 257
 * (GNOME/libxml2 parser.c, nodePush).
 */
const MAX_LEVELS = 257;

/** A tag, or a comment, a CDATA section or a processing instruction, which may contain what looks like a tag. */
const MARKUP = /<(?:!--[^]*?--|!\[CDATA\[[^]*?\]\]|\?[^]*?\?|(?:[^"'>]|"[^"]*"|'[^']*')*)>/g;

/**
 * Refuses a document that libvirt would refuse because its elements are nested too deeply.
 *
 * @param text A document that is well-formed, at least up to the first element that is too deep.
 * @throws {InvalidInput} with line and column of the first element that is too deep.
 */
export function refuseDeepNesting(text: string): void {
  let level = 0;
  for (const { 0: markup, index } of text.matchAll(MARKUP)) {
    if (markup.startsWith("</")) level--;
    else if (!"!?".includes(markup.charAt(1))) {
      if (level === MAX_LEVELS) {
        throw new InvalidInput(
          `The domain XML nests its elements more than ${MAX_LEVELS} levels deep${
            position(text, index)
          }: libvirt refuses that.`,
          "domain",
        );
      }
      if (!markup.endsWith("/>")) level++;
    }
  }
}

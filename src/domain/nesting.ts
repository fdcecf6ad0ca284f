import { InvalidInput } from "../text/invalid_input.ts";
import { position } from "./position.ts";

/**
 * The levels that libvirt reads: it parses without XML_PARSE_HUGE, and libxml2 then takes 257
 * (GNOME/libxml2 parser.c, nodePush).
 */
const DEEPEST_LEVEL = 257;

/** A tag, or what may look like one inside. */
const MARKUP =
  /<(?:!--[^]*?--|!\[CDATA\[[^]*?\]\]|\?[^]*?\?|\/[^>]*|(?:[^"'>]|"[^"]*"|'[^']*')*)>/g;

/**
 * Refuses what libvirt refuses for its depth.
 *
 * @param text A document that is well-formed, at least down to the level that is too deep.
 * @throws {InvalidInput} with line and column of the first element that is too deep.
 */
export function refuseDeepNesting(text: string): void {
  let open = 0;
  for (const { 0: markup, index } of text.matchAll(MARKUP)) {
    if (markup.startsWith("</")) open--;
    else if (!/^<[!?]/.test(markup)) {
      if (open === DEEPEST_LEVEL) {
        throw new InvalidInput(
          `The domain XML nests its elements more than ${DEEPEST_LEVEL} levels deep${
            position(text, index)
          }: libvirt refuses that.`,
          "domain",
        );
      }
      if (!markup.endsWith("/>")) open++;
    }
  }
}

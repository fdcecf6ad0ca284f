import { InvalidInput } from "../text/invalid_input.ts";
import { decodeUtf8 } from "../text/utf8.ts";
import { position } from "./position.ts";

/** White space in XML: https://www.w3.org/TR/xml/#NT-S */
const S = "[ \\t\\r\\n]";
const EQUALS = `${S}*=${S}*`;

const DECLARATION_START = new RegExp(`^\\uFEFF?<\\?xml${S}`);

/** An XML declaration with its `encoding`: https://www.w3.org/TR/xml/#NT-XMLDecl */
const DECLARATION = new RegExp(
  `^\\uFEFF?<\\?xml${S}+version${EQUALS}(?:'1\\.\\d+'|"1\\.\\d+")` +
    `(?:${S}+encoding${EQUALS}(?:'([A-Za-z][\\w.-]*)'|"([A-Za-z][\\w.-]*)"))?` +
    `(?:${S}+standalone${EQUALS}(?:'(?:yes|no)'|"(?:yes|no)"))?${S}*\\?>`,
  "d",
);

/**
 * Decodes an XML document. A byte order mark stays in the text.
 *
 * @throws {InvalidInput} with line and column if it is not UTF-8, or declares another encoding.
 */
export function decodeXml(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    const before = validStart(bytes);
    throw new InvalidInput(
      `The domain XML is not UTF-8${position(before, before.length)}: KubeVirt writes it in UTF-8.`,
      "domain",
    );
  }
  if (!DECLARATION_START.test(text)) return text;
  const declaration = DECLARATION.exec(text);
  // Our parser accepts some declarations that libvirt's does not.
  if (declaration === null) {
    throw new InvalidInput(
      "The domain XML is not well-formed (line 1, column 1): Invalid XML declaration.",
      "domain",
    );
  }
  const [start, end] = declaration.indices?.[1] ?? declaration.indices?.[2] ?? [0, 0];
  if (start > 0 && !/^(utf-?8|us-ascii)$/i.test(text.slice(start, end))) {
    throw new InvalidInput(
      `The domain XML declares another encoding than UTF-8${position(text, start)}: ` +
        "KubeVirt writes it in UTF-8.",
      "domain",
    );
  }
  return text;
}

/** The text before the first byte that is not UTF-8. */
function validStart(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const replaced = new TextEncoder().encode(decoder.decode(bytes));
  const changed = bytes.findIndex((byte, index) => byte !== replaced[index]);
  // With `stream`, a character that is incomplete at the end is left out. If no byte is changed (-1), the text ends in
  // the first bytes of U+FFFD: without the last of them it is as incomplete.
  return decoder.decode(bytes.subarray(0, changed), { stream: true });
}

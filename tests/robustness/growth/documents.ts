import { MAX_DOMAIN_BYTES, MAX_DOMAIN_TAGS } from "../../../src/domain/size.ts";

/** Makes a document of about a size. */
export type Growing = (bytes: number) => string;

const encoder = new TextEncoder();

const inDevices = (content: string) => `<domain><devices>${content}</devices></domain>`;

/** As many repetitions of a piece as fit. */
function units(unit: string, bytes: number): string {
  return unit.repeat(Math.floor(bytes / encoder.encode(unit).length));
}

/** The same with pieces that contain their number. */
function numbered(bytes: number, unit: (number: number) => string): string {
  const pieces: string[] = [];
  for (let [number, room] = [0, bytes]; room > 0; number++) {
    const piece = unit(number);
    pieces.push(piece);
    room -= piece.length;
  }
  return pieces.join("");
}

/** Elements and text, in a proportion that reaches both limits. */
function elementsAndText(bytes: number): string {
  const room = MAX_DOMAIN_BYTES / MAX_DOMAIN_TAGS;
  return units("<a/>".padEnd(Math.ceil(room) + 1, "x"), bytes);
}

/** Kinds of documents that are known to be expensive for XML parsers. */
export const GROWING: Readonly<Record<string, Growing>> = {
  "attributes of one element": (bytes) =>
    `<domain${numbered(bytes, (n) => ` a${n.toString(36)}=""`)}><devices/></domain>`,
  "attributes of one element, and a character beyond the BMP": (bytes) =>
    `<domain b="😀"${numbered(bytes, (n) => ` a${n.toString(36)}=""`)}><devices/></domain>`,
  "one attribute": (bytes) => `<domain a="${units("x", bytes)}"><devices/></domain>`,
  "one name": (bytes) => inDevices(`<${units("a", bytes / 2)}></${units("a", bytes / 2)}>`),
  "attributes of NUMA cells that change": (bytes) =>
    `<domain><cpu><numa>${
      units('<cell a="1" b="2" memAccess="private"/>', bytes)
    }</numa></cpu><devices/></domain>`,
  "sibling elements": (bytes) => inDevices(units("<a/>", bytes)),
  "nested elements": (bytes) => inDevices(units("<a>".repeat(250) + "</a>".repeat(250), bytes)),
  "elements and text": (bytes) => inDevices(elementsAndText(bytes)),
  "elements, text and a character beyond the BMP": (bytes) =>
    inDevices("😀" + elementsAndText(bytes)),
  "filesystems that are not ours": (bytes) =>
    inDevices(units('<filesystem><driver type="virtiofs"/><target dir="x"/></filesystem>', bytes)),
  "predefined entities": (bytes) => inDevices(units("&lt;", bytes)),
  "predefined entities and a character beyond the BMP": (bytes) =>
    inDevices("😀" + units("&lt;", bytes)),
  "character references": (bytes) => inDevices(units("&#65;", bytes)),
  "white space": (bytes) => inDevices("<a/>" + units(" ", bytes)),
  "line breaks of LF": (bytes) => inDevices(units("\n", bytes)),
  "line breaks of CR LF": (bytes) => inDevices(units("\r\n", bytes)),
  "line breaks of CR": (bytes) => inDevices(units("\r", bytes)),
  "line breaks of CR in an instruction": (bytes) => inDevices(`<?a ${units("\r", bytes)}?>`),
  "text beyond the BMP": (bytes) => inDevices(units("😀", bytes)),
  "comments": (bytes) => inDevices(units("<!-- </devices> -->", bytes)),
  "comments before the domain": (bytes) => units("<!---->", bytes) + inDevices(""),
  "CDATA sections": (bytes) => inDevices(units("<![CDATA[</devices>]]>", bytes)),
  "processing instructions": (bytes) => inDevices(units("<?a </devices>?>", bytes)),
  "an error at the very end": (bytes) => inDevices(units("<a/>", bytes)) + "<",
  "an error behind text beyond the BMP": (bytes) => inDevices(units("😀\n", bytes) + "\x01"),
  "an error behind line breaks": (bytes) => inDevices(units("\r\n", bytes)) + "<",
  "start tags without an end": (bytes) => `<domain><devices>${units("<a ", bytes)}`,
  "comments without an end": (bytes) => units("<!--", bytes),
  "quotes without an end": (bytes) => `<domain a="${units("'", bytes)}`,
  "a declaration without an end": (bytes) => `<?xml ${units("encoding = ", bytes)}`,
};

/** The largest size of a document that the limits of the domain patch allow. */
export function largestOf(growing: Growing): number {
  // 200 bytes for the elements around the part that grows.
  let bytes = MAX_DOMAIN_BYTES - 200;
  while (growing(bytes).split("<").length - 1 > MAX_DOMAIN_TAGS) {
    bytes = Math.floor(bytes * 0.98);
  }
  return bytes;
}

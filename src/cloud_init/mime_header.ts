/**
 * The header of a message or of a part, as Python's email parser reads it. Both cloud-init and cloudbase-init use
 * that parser (canonical/cloud-init cloudinit/user_data.py, convert_string;
 * cloudbase/cloudbase-init cloudbaseinit/plugins/common/userdata.py, _parse_mime).
 */

/**
 * A line of a header: a field, the continuation of one, or the envelope line of a mailbox (python/cpython
 * Lib/email/feedparser.py, headerRE).
 */
const HEADER_LINE = /^(From |[!-9;-~]*:|[\t ])/;

/** One line with its end: CR LF, CR or LF (feedparser.py, NLCRE_crack). */
const LINE = /[^\r\n]*(?:\r\n|\r|\n|$)/g;

/** Whether a text starts with a line of a header. */
export function startsWithHeader(text: string): boolean {
  return HEADER_LINE.test(text);
}

/** The header of a message or a part. It ends before the first other line, which may be blank or not. */
export function headerOf(entity: string): string {
  for (const { 0: line, index } of entity.matchAll(LINE)) {
    if (!startsWithHeader(line)) return entity.slice(0, index);
  }
  return entity;
}

/** The text after the header, without the blank line between them. */
export function bodyOf(entity: string): string {
  return entity.slice(headerOf(entity).length).replace(/^(?:\r\n|\r|\n)/, "");
}

/** The value of the first field of a name, unfolded; empty if there is no such field. */
export function fieldOf(header: string, name: string): string {
  const unfolded = header.replace(/(?:\r\n|\r|\n)(?=[\t ])/g, "");
  return new RegExp(`(?:^|[\\r\\n])${name}:[\\t ]*([^\\r\\n]*)`, "i").exec(unfolded)?.[1] ?? "";
}

/** The MIME type in lower case; text/plain if the header has none that is valid (RFC 2045, section 5.2). */
export function typeOf(header: string): string {
  const type = fieldOf(header, "content-type").replace(/;.*/, "");
  return type.split("/").length === 2 ? type.trim().toLowerCase() : "text/plain";
}

/** The filename of a part, or empty (RFC 2183; the parameter `name` of the type is the older form). */
export function filenameOf(header: string): string {
  return parameterOf(fieldOf(header, "content-disposition"), "filename") ??
    parameterOf(fieldOf(header, "content-type"), "name") ?? "";
}

/** The boundary of a multipart message (RFC 2046, section 5.1.1); undefined if the header has none. */
export function boundaryOf(header: string): string | undefined {
  return typeOf(header).startsWith("multipart/")
    ? parameterOf(fieldOf(header, "content-type"), "boundary") || undefined
    : undefined;
}

/** A parameter of a field: quoted, or all up to the next semicolon (python/cpython Lib/email/message.py, _parseparam). */
function parameterOf(field: string, name: string): string | undefined {
  for (const [, key, quoted, rest] of field.matchAll(PARAMETER)) {
    if (key?.toLowerCase() === name) return quoted?.replace(/\\(["\\])/g, "$1") ?? rest?.trim();
  }
  return undefined;
}

const PARAMETER = /;[\t ]*([^=;"\t ]+)[\t ]*=[\t ]*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g;

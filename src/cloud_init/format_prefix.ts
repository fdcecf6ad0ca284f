import { startsWithHeader } from "./mime_header.ts";

/** How far cloud-init looks for a MIME header (canonical/cloud-init cloudinit/user_data.py, convert_string). */
export const PREFIX_BYTES = 4096;

/** White space at the start, as Python's str.lstrip removes it. The byte order mark is not among it, unlike in `\s`. */
const LEADING_SPACE =
  // deno-lint-ignore no-control-regex -- Python counts separators such as U+001C
  /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The prefixes by which cloud-init recognises formats, longest first (cloudinit/handlers/__init__.py). */
const PREFIXES = [
  "#cloud-config-archive",
  "#cloud-config-jsonp",
  "## template: jinja",
  "#cloud-boothook",
  "#include-once",
  "#cloud-config",
  "#part-handler",
  "#include",
  "#!",
] as const;

/** A prefix by which cloud-init recognises a format. */
export type CloudInitPrefix = typeof PREFIXES[number];

/** Text without the leading white space that cloud-init ignores. */
export function withoutLeadingSpace(text: string): string {
  return text.replace(LEADING_SPACE, "");
}

/** The format prefix of a text. cloud-init ignores its case, and white space before it. */
export function cloudInitPrefix(text: string): CloudInitPrefix | undefined {
  const start = withoutLeadingSpace(text).toLowerCase();
  return PREFIXES.find((known) => start.startsWith(known));
}

/**
 * Whether cloud-init parses user data as a MIME message.
 *
 * @param start The first {@link PREFIX_BYTES} bytes of the user data.
 */
export function isMessage(start: string): boolean {
  return start.toLowerCase().includes("mime-version:") && startsWithHeader(start);
}

/**
 * Whether cloudbase-init parses user data as a MIME message: by `Content-Type: multipart` before its first blank line,
 * in exactly this spelling (cloudbase/cloudbase-init cloudbaseinit/plugins/common/userdata.py).
 */
export function isCloudbaseInitMessage(text: string): boolean {
  return text.replace(/\n\n[^]*/, "").includes("Content-Type: multipart");
}

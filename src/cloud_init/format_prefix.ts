import { startsWithHeader } from "./mime_header.ts";

/** How far cloud-init looks for a MIME header (canonical/cloud-init cloudinit/user_data.py, convert_string). */
export const PREFIX_BYTES = 4096;

/** What Python's str.lstrip takes for white space: not the byte order mark, which JavaScript's trim removes. */
const LEADING_SPACE =
  // deno-lint-ignore no-control-regex -- Python counts separators such as U+001C
  /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The prefixes of user data by which cloud-init knows its format, longest first (cloudinit/handlers/__init__.py). */
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

/** A prefix by which cloud-init knows a format. */
export type CloudInitPrefix = typeof PREFIXES[number];

/** Text without the leading white space that cloud-init ignores. */
export function withoutLeadingSpace(text: string): string {
  return text.replace(LEADING_SPACE, "");
}

/** The prefix of a text as cloud-init sees it, whatever its case and the white space before it. */
export function cloudInitPrefix(text: string): CloudInitPrefix | undefined {
  const start = withoutLeadingSpace(text).toLowerCase();
  return PREFIXES.find((known) => start.startsWith(known));
}

/**
 * Whether cloud-init takes user data for a MIME message.
 *
 * @param start Its first {@link PREFIX_BYTES} bytes.
 */
export function isMessage(start: string): boolean {
  return start.toLowerCase().includes("mime-version:") && startsWithHeader(start);
}

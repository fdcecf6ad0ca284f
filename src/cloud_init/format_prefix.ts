import { opensWithHeader } from "./mime_header.ts";

/** How far cloud-init looks for a MIME header (canonical/cloud-init cloudinit/user_data.py, convert_string). */
export const OPENING_LENGTH = 4096;

/** What Python's str.lstrip takes for white space: not the byte order mark, which JavaScript's trim does. */
const LEADING_SPACE =
  // deno-lint-ignore no-control-regex -- Python counts separators such as U+001C
  /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** What user data opens with, in the order of length (cloudinit/handlers/__init__.py). */
const OPENINGS = [
  "#cloud-config-archive",
  "#cloud-config-jsonp",
  "## template: jinja",
  "#cloud-boothook",
  "#include-once",
  "#cloud-config",
  "#part-handler",
  "#include",
  "#!",
];

/** Text without the white space that cloud-init leaves out of account. */
export function withoutLeadingSpace(text: string): string {
  return text.replace(LEADING_SPACE, "");
}

/** What text opens with as cloud-init sees it, whatever its case and the white space before it. */
export function cloudInitOpening(text: string): string | undefined {
  const opening = withoutLeadingSpace(text).toLowerCase();
  return OPENINGS.find((known) => opening.startsWith(known));
}

/**
 * Whether cloud-init takes user data for a MIME message.
 *
 * @param opening Its first {@link OPENING_LENGTH} bytes.
 */
export function isMessage(opening: string): boolean {
  return opening.toLowerCase().includes("mime-version:") && opensWithHeader(opening);
}

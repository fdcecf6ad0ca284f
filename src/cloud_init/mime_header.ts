/**
 * A line of a header as Python's email parser takes it, which cloud-init and cloudbase-init read with: a
 * field, the rest of one, or the envelope line of a mailbox (python/cpython Lib/email/feedparser.py,
 * headerRE).
 */
const HEADER_LINE = /^(From |[!-9;-~]*:|[\t ])/;

/** One line with its end: CR LF, CR or LF (feedparser.py, NLCRE_crack). */
const LINE = /[^\r\n]*(?:\r\n|\r|\n|$)/y;

/** Whether text opens with a header at all. */
export function opensWithHeader(text: string): boolean {
  return HEADER_LINE.test(text);
}

/** The header of a message: it ends at the first line that is none of a header, blank or not. */
export function headerOf(message: string): string {
  LINE.lastIndex = 0;
  for (;;) {
    const start = LINE.lastIndex;
    const [line] = LINE.exec(message) ?? [""];
    if (!opensWithHeader(line)) return message.slice(0, start);
  }
}

import { SHARE } from "./hook_call.ts";

const DEVICE = '<filesystem type="mount" accessmode="passthrough">' +
  '<driver type="virtiofs" queue="1024"/>' +
  `<source socket="${SHARE.socket}"/><target dir="${SHARE.tag}"/></filesystem>`;
const SOURCE = '<source type="memfd"/>';
const ACCESS = '<access mode="shared"/>';

/** What we may insert, at most one of each kind; with the white space of the line that it stands on. */
const INSERTIONS = [
  { kind: 1, text: DEVICE },
  { kind: 2, text: `<memoryBacking>${SOURCE}${ACCESS}</memoryBacking>` },
  { kind: 2, text: SOURCE + ACCESS },
  { kind: 2, text: SOURCE },
  { kind: 2, text: ACCESS },
] as const;

/** Attribute values that we may change: from, to. */
const REPLACEMENTS = [["private", "shared"], ["anonymous", "memfd"]] as const;

/** How far two texts are compared, and the kinds of insertion that were met, as the sum of their bits. */
interface Progress {
  readonly inPatched: number;
  readonly inOriginal: number;
  readonly met: number;
}

/**
 * Whether taking our insertions out of a patched document gives the original, byte for byte. Knows what we
 * may write, and nothing of where the patch should have put it.
 */
export function undone(patched: string, original: string): boolean {
  const failed = new Set<number>();
  /** From those places on, do the rest of the two texts differ by our edits alone? */
  const rest = ({ inPatched, inOriginal, met }: Progress): boolean => {
    let [one, other] = [inPatched, inOriginal];
    const choices: Progress[] = [];
    for (;;) {
      const key = (one * (original.length + 1) + other) * 4 + met;
      if (failed.has(key)) break;
      if (one === patched.length && other === original.length) return true;
      failed.add(key);
      choices.push(...edits(patched, original, { inPatched: one, inOriginal: other, met }));
      if (one >= patched.length || patched[one] !== original[other]) break;
      one++;
      other++;
    }
    return choices.reverse().some(rest);
  };
  return rest({ inPatched: 0, inOriginal: 0, met: 0 });
}

function edits(patched: string, original: string, from: Progress): readonly Progress[] {
  const { inPatched: one, inOriginal: other, met } = from;
  const found: Progress[] = [];
  const before = spaceOfLine(patched, one);
  for (const { kind, text } of INSERTIONS) {
    if ((met & kind) !== 0) continue;
    for (const lead of before === 0 ? [0] : [0, before]) {
      if (!patched.startsWith(text, one + lead)) continue;
      const end = one + lead + text.length;
      found.push({ inPatched: end, inOriginal: other, met: met | kind });
      const after = lead === 0 ? spaceOfLine(patched, end) : 0;
      if (after > 0) found.push({ inPatched: end + after, inOriginal: other, met: met | kind });
    }
    // An empty element had to be opened: <devices/> has become <devices>…</devices>.
    for (const name of ["devices", "memoryBacking"]) {
      const opened = `>${text}</${name}>`;
      if (!original.startsWith("/>", other) || !patched.startsWith(opened, one)) continue;
      found.push({
        inPatched: one + opened.length,
        inOriginal: other + "/>".length,
        met: met | kind,
      });
    }
  }
  for (const [value, ours] of REPLACEMENTS) {
    if (patched.startsWith(ours, one) && original.startsWith(value, other)) {
      found.push({ inPatched: one + ours.length, inOriginal: other + value.length, met });
    }
  }
  return found;
}

/** The length of a line break, and of the white space that begins the next line. */
function spaceOfLine(text: string, offset: number): number {
  const lineStart = /(?:\r?\n[ \t]*)?/y;
  lineStart.lastIndex = offset;
  return lineStart.exec(text)?.[0].length ?? 0;
}

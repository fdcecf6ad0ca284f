import { SHARE } from "./hook_call.ts";

const DEVICE = '<filesystem type="mount" accessmode="passthrough">' +
  '<driver type="virtiofs" queue="1024"/>' +
  `<source socket="${SHARE.socket}"/><target dir="${SHARE.tag}"/></filesystem>`;
const SOURCE = '<source type="memfd"/>';
const ACCESS = '<access mode="shared"/>';

/** What we may insert, once each; with the white space of the line that it stands on. */
const INSERTIONS = [
  DEVICE,
  `<memoryBacking>${SOURCE}${ACCESS}</memoryBacking>`,
  SOURCE + ACCESS,
  SOURCE,
  ACCESS,
];

/** Attribute values that we may change: from, to. */
const REPLACEMENTS = [["private", "shared"], ["anonymous", "memfd"]] as const;

/**
 * Whether taking our insertions out of a patched document gives the original, byte for byte. Knows what we
 * may write, and nothing of where the patch should have put it.
 */
export function undone(patched: string, original: string): boolean {
  const failed = new Set<number>();
  /** From those places on, do the rest of the two texts differ by our edits alone? */
  const rest = (inPatched: number, inOriginal: number): boolean => {
    let [one, other] = [inPatched, inOriginal];
    const choices: (readonly [number, number])[] = [];
    for (;;) {
      const key = one * (original.length + 1) + other;
      if (failed.has(key)) break;
      if (one === patched.length && other === original.length) return true;
      failed.add(key);
      choices.push(...edits(patched, one, original, other));
      if (one >= patched.length || patched[one] !== original[other]) break;
      one++;
      other++;
    }
    return choices.reverse().some(([nextOne, nextOther]) => rest(nextOne, nextOther));
  };
  return rest(0, 0);
}

function edits(patched: string, one: number, original: string, other: number) {
  const found: (readonly [number, number])[] = [];
  const lineBefore = /(?:\r?\n[ \t]*)?/y;
  lineBefore.lastIndex = one;
  const before = lineBefore.exec(patched)?.[0].length ?? 0;
  for (const lead of before === 0 ? [0] : [0, before]) {
    for (const insertion of INSERTIONS) {
      if (!patched.startsWith(insertion, one + lead)) continue;
      const end = one + lead + insertion.length;
      found.push([end, other]);
      const lineAfter = /\r?\n[ \t]*/y;
      lineAfter.lastIndex = end;
      const after = lineAfter.exec(patched)?.[0].length ?? 0;
      if (lead === 0 && after > 0) found.push([end + after, other]);
    }
  }
  // An empty element had to be opened: <devices/> has become <devices>…</devices>.
  for (const name of ["devices", "memoryBacking"]) {
    if (!original.startsWith("/>", other) || patched[one] !== ">") continue;
    const insertion = INSERTIONS.find((text) => patched.startsWith(`>${text}</${name}>`, one));
    if (insertion !== undefined) {
      found.push([one + `>${insertion}</${name}>`.length, other + "/>".length]);
    }
  }
  for (const [from, to] of REPLACEMENTS) {
    if (patched.startsWith(to, one) && original.startsWith(from, other)) {
      found.push([one + to.length, other + from.length]);
    }
  }
  return found;
}

import { oemStringsOf, SHARE } from "./hook_call.ts";

/** The addresses that the patch may choose. */
const ADDRESSES = [
  ...["1c", "19", "18", "17", "16", "15", "14", "13", "12", "11", "10"].map((slot) =>
    `<address type="pci" domain="0x0000" bus="0x00" slot="0x${slot}" function="0x0"/>`
  ),
  ...["fffe", "fffd", "fffc", "fffb"].map((devno) =>
    `<address type="ccw" cssid="0xfe" ssid="0x0" devno="0x${devno}"/>`
  ),
];
const deviceAt = (address: string) =>
  '<filesystem type="mount" accessmode="passthrough">' +
  '<driver type="virtiofs" queue="1024"/>' +
  `<source socket="${SHARE.socket}"/><target dir="${SHARE.tag}"/>${address}</filesystem>`;
const SOURCE = '<source type="memfd"/>';
const ACCESS = '<access mode="shared"/>';

const [FIRST, LAST] = (["first", "last"] as const).map((place) =>
  oemStringsOf().filter((one) => one.place === place).map(({ text }) => `<entry>${text}</entry>`)
    .join("")
);

/** The texts that the patch may insert: at most one of each kind, with a line break and indentation. */
const INSERTIONS = [
  ...["", ...ADDRESSES].map((address) => ({ kind: 1, text: deviceAt(address) })),
  // For our device, if it has lost its address.
  ...ADDRESSES.map((text) => ({ kind: 1, text })),
  { kind: 2, text: `<memoryBacking>${SOURCE}${ACCESS}</memoryBacking>` },
  { kind: 2, text: SOURCE + ACCESS },
  { kind: 2, text: SOURCE },
  { kind: 2, text: ACCESS },
  ...[
    `<sysinfo type="smbios"><oemStrings>${FIRST}${LAST}</oemStrings></sysinfo>`,
    `<oemStrings>${FIRST}${LAST}</oemStrings>`,
    `${FIRST}${LAST}`,
  ].map((text) => ({ kind: 4 | 8, text })),
  { kind: 4, text: `${FIRST}` },
  { kind: 8, text: `${LAST}` },
  { kind: 16, text: '<smbios mode="sysinfo"/>' },
];

/** The values of attributes that the patch may change: from, to. */
const REPLACEMENTS = [["private", "shared"], ["anonymous", "memfd"]] as const;

/** How far two texts are compared, and the kinds of insertions that were found, as the sum of their bits. */
interface Progress {
  readonly inPatched: number;
  readonly inOriginal: number;
  readonly met: number;
}

/**
 * Whether removing our insertions from a patched document gives the original, byte for byte. It knows what the patch
 * may insert, but not where.
 */
export function undone(patched: string, original: string): boolean {
  const failed = new Set<number>();
  /** Whether the rest of the two texts differs only by edits of ours. */
  const rest = ({ inPatched, inOriginal, met }: Progress): boolean => {
    let [one, other] = [inPatched, inOriginal];
    const choices: Progress[] = [];
    for (;;) {
      const key = (one * (original.length + 1) + other) * 32 + met;
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
    // An empty element became one with content: <devices/> became <devices>…</devices>.
    for (const name of ["devices", "memoryBacking", "sysinfo", "oemStrings"]) {
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

/** The length of a line break and of the indentation after it. */
function spaceOfLine(text: string, offset: number): number {
  const lineStart = /(?:\r?\n[ \t]*)?/y;
  lineStart.lastIndex = offset;
  return lineStart.exec(text)?.[0].length ?? 0;
}

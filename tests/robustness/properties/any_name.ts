import fc from "fast-check";

type Range = readonly [first: number, last: number];

/** https://www.w3.org/TR/xml/#NT-NameStartChar, without the colon, which separates a prefix. */
const NAME_START: readonly Range[] = [
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
];

/** https://www.w3.org/TR/xml/#NT-NameChar, without those above. */
const NAME_FURTHER: readonly Range[] = [
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
];

/** Name characters that are, or once were, white space in JavaScript. */
const LIKE_SPACE = fc.constantFrom("\u1680", "\u180E", "\uFEFF");

function characterOf(ranges: readonly Range[]): fc.Arbitrary<string> {
  return fc.oneof(
    LIKE_SPACE,
    ...ranges.map(([min, max]) =>
      fc.integer({ min, max }).map((codePoint) => String.fromCodePoint(codePoint))
    ),
  );
}

const start = characterOf(NAME_START);
const further = characterOf([...NAME_START, ...NAME_FURTHER]);

/** Any name that XML's fifth edition allows, except names in ASCII, which could be libvirt's. */
export const anyName: fc.Arbitrary<string> = fc.tuple(
  start,
  fc.array(further, { maxLength: 3 }),
).map(([first, rest]) => first + rest.join(""))
  // fast-check prefers small characters, which every edition allows.
  .filter((name) => Array.from(name).some((character) => character > "\x7f"));

/** Names that every edition allows. */
export const plainName: fc.Arbitrary<string> = fc.constantFrom("a", "b", "é", "_", "x:c", "Mode");

import fc from "fast-check";

/** A generated document: its text. Well-formed, with all that may surprise a text search. */
const space = fc.constantFrom("", " ", "\n", "\n  ", "\r\n\t", "\r", "  \n\n ");
const gap = fc.constantFrom(" ", "\n", "\t", " \r\n ");
const name = fc.constantFrom("a", "disk", "devices", "domain", "filesystem", "é", "x:devices", "_");
const text = fc.oneof(
  fc.constantFrom(
    "",
    "text",
    "a > b",
    "]]",
    "&amp;",
    "&#60;/devices&#62;",
    "&lt;devices/>",
    "é",
    "😀",
  ),
  fc.string({
    unit: fc.constantFrom("a", ">", "'", '"', "=", "/", " ", "\n", "\r", "\u2028", "😀"),
  }),
);
const aside = fc.constantFrom(
  "<!-- </devices> -->",
  "<!--<devices><filesystem/></devices>-->",
  "<![CDATA[</devices></domain>]]>",
  "<?devices </devices>?>",
  "<!---->",
);
const attributeValue = fc.constantFrom(
  "1",
  "a>b",
  "/>",
  "</devices>".replaceAll("<", "&lt;"),
  "é😀",
  "it's",
  "",
);

/** Attributes with names of their own, in either quotes, with space wherever it may stand. */
const attributes = fc.uniqueArray(fc.constantFrom("type", "mode", "a", "b", "x:c", "access"), {
  maxLength: 3,
}).chain((names) =>
  fc.tuple(
    ...names.map((attribute) =>
      fc.tuple(gap, fc.constantFrom("=", " = ", "\n="), attributeValue, fc.boolean()).map(
        ([before, equals, value, double]) =>
          double || value.includes("'")
            ? `${before}${attribute}${equals}"${value}"`
            : `${before}${attribute}${equals}'${value}'`,
      )
    ),
  )
).map((all) => all.join(""));

/** Pieces of content one after the other. Text may not hold the end of a CDATA section (XML 1.0, 2.4). */
function joined(pieces: readonly string[]): string {
  return pieces.reduce(
    (before, piece) =>
      before.endsWith("]]") && piece.startsWith(">") ? `${before} ${piece}` : before + piece,
    "",
  );
}

const { content } = fc.letrec<{ content: string; element: string }>((tie) => ({
  content: fc.array(
    fc.oneof({ maxDepth: 4 }, space, text, aside, tie("element")),
    { maxLength: 4 },
  ).map(joined),
  element: fc.tuple(name, attributes, space, fc.boolean(), tie("content")).map(
    ([tag, all, after, empty, inner]) =>
      empty ? `<${tag}${all}${after}/>` : `<${tag}${all}${after}>${inner}</${tag}${after}>`,
  ),
}));

const memoryBacking = fc.constantFrom(
  "",
  "",
  "<memoryBacking/>",
  "<memoryBacking>\n  <hugepages/>\n</memoryBacking>",
  '<memoryBacking><source type="anonymous"/><access mode="private"/></memoryBacking>',
  "<memoryBacking ><access  a='>' mode = 'private' /><!-- x --></memoryBacking>",
  '<memoryBacking><source type="memfd"/><access mode="shared"/></memoryBacking>',
  '<memoryBacking><source type="file"/></memoryBacking>',
);
const cpu = fc.constantFrom(
  "",
  "<cpu/>",
  '<cpu><numa><cell id="0" memAccess="private"/><cell id="1" memAccess = \'private\'></cell></numa></cpu>',
  '<cpu>\n<numa>\n<cell id="0" memAccess="shared"/></numa></cpu>',
);
const known = fc.constantFrom(
  "",
  '<memory model="dimm" access="private"><target/></memory>',
  '<filesystem type="mount"><driver type="path"/><target dir="aws-iam-token"/></filesystem>',
  '<filesystem type="mount"><driver type="virtiofs"/><target dir="other"/></filesystem>',
);

const devices = fc.tuple(attributes, space, fc.boolean(), content, known, content, space).map(
  ([all, after, empty, first, device, second, end]) =>
    empty
      ? `<devices${all}${after}/>`
      : `<devices${all}>${joined([first, device, second, end])}</devices${after}>`,
);

const prolog = fc.constantFrom(
  "",
  "\uFEFF",
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n",
  "<!-- <domain> -->\n",
  "<!DOCTYPE domain>",
);

/** Any well-formed libvirt domain with one `<devices>`, in whatever way it may be written. */
export const anyDomain: fc.Arbitrary<string> = fc.tuple(
  prolog,
  attributes,
  fc.uniqueArray(fc.constantFrom(0, 1, 2, 3), { minLength: 4, maxLength: 4 }),
  memoryBacking,
  cpu,
  devices,
  fc.tuple(content, content, space),
  fc.constantFrom("", "\n", "<!-- end -->", "\r\n"),
).map(([before, all, order, memory, processor, device, [one, two, gapBetween], end]) => {
  const pieces = [memory, processor, device, one.replaceAll(/<\/?devices/g, (tag) => `${tag}-`)];
  const ordered = order.flatMap((index) => [pieces[index], gapBetween]);
  const rest = two.replaceAll(/<\/?devices/g, (tag) => `${tag}-`);
  return `${before}<domain xmlns:x="urn:x"${all}>${joined([...ordered, rest])}</domain>${end}`;
});

/** A well-formed domain with a few characters changed: most are not well-formed any more. */
export const damagedDomain: fc.Arbitrary<string> = fc.tuple(
  anyDomain,
  fc.array(
    fc.tuple(
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.constantFrom(
        "",
        "<",
        ">",
        "&",
        '"',
        "'",
        "/",
        "=",
        "--",
        "]]>",
        "\0",
        "\u0001",
        "é",
        "<a>",
        "&b;",
      ),
    ),
    { minLength: 1, maxLength: 3 },
  ),
).map(([document, changes]) =>
  changes.reduce((changed, [place, removed, added]) => {
    const at = place % (changed.length + 1);
    return (changed.slice(0, at) + added + changed.slice(at + removed)).toWellFormed();
  }, document)
);

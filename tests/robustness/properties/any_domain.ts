import fc from "fast-check";
import { anyName, plainName } from "./any_name.ts";
import { SHARE } from "./hook_call.ts";

/** Generated documents: well-formed, with everything that could mislead a text search. */
const space = fc.constantFrom("", " ", "\n", "\n  ", "\r\n\t", "\r", "  \n\n ");
const gap = fc.constantFrom(" ", "\n", "\t", " \r\n ");
const tag = fc.constantFrom("a", "disk", "devices", "domain", "filesystem", "é", "x:devices", "_");
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
    unit: fc.constantFrom("a", ">", "'", '"', "=", "/", " ", "\n", "\r", "\u2028", "\uFEFF", "😀"),
  }),
);
const aside = fc.constantFrom(
  "<!-- </devices> -->",
  "<!--<devices><filesystem/></devices>-->",
  "<!--<!DOCTYPE a>-->",
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
  "private",
  "anonymous",
);

/** Attributes with different names, in either kind of quotes, with white space wherever XML allows it. */
function attributesOf(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.uniqueArray(names, { maxLength: 3 }).chain((chosen) =>
    fc.tuple(
      ...chosen.map((attribute) =>
        fc.tuple(gap, fc.constantFrom("=", " = ", "\n="), attributeValue, fc.boolean()).map(
          ([before, equals, value, double]) =>
            double || value.includes("'")
              ? `${before}${attribute}${equals}"${value}"`
              : `${before}${attribute}${equals}'${value}'`,
        )
      ),
    )
  ).map((all) => all.join(""));
}

/** Joins pieces of content. Text must not contain the end of a CDATA section (XML 1.0, 2.4). */
function joined(pieces: readonly string[]): string {
  return pieces.reduce(
    (before, piece) =>
      before.endsWith("]]") && piece.startsWith(">") ? `${before} ${piece}` : before + piece,
    "",
  );
}

/** Any content of an element. */
function contentOf(
  tags: fc.Arbitrary<string>,
  attributes: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  return fc.letrec<{ content: string; element: string }>((tie) => ({
    content: fc.array(
      fc.oneof({ maxDepth: 4 }, space, text, aside, tie("element")),
      { maxLength: 4 },
    ).map(joined),
    element: fc.tuple(tags, attributes, space, fc.boolean(), tie("content")).map(
      ([name, all, after, empty, inner]) =>
        empty ? `<${name}${all}${after}/>` : `<${name}${all}${after}>${inner}</${name}${after}>`,
    ),
  })).content;
}

/** Elements that the patch reads. Each `{}` is replaced by other attributes. */
const MEMORY_BACKING = [
  "",
  "",
  "<memoryBacking{}/>",
  "<memoryBacking>\n  <hugepages{}/>\n</memoryBacking>",
  '<memoryBacking><source{} type="anonymous"/><access{} mode="private"/></memoryBacking>',
  "<memoryBacking ><access{}  a2='>' mode = 'private' /><!-- x --></memoryBacking>",
  '<memoryBacking><source{} type="memfd"/><access mode="shared"{}/></memoryBacking>',
  '<memoryBacking><source{} type="file"/></memoryBacking>',
];
const CPU = [
  "",
  "<cpu{}/>",
  '<cpu><numa><cell id="0"{} memAccess="private"/><cell{}\nmemAccess = \'private\'></cell></numa></cpu>',
  '<cpu{}>\n<numa>\n<cell id="0" memAccess="shared"{}/></numa></cpu>',
];
const DEVICE = [
  "",
  '<memory{} model="dimm" access="private"><target/></memory>',
  '<filesystem type="mount"{}><driver type="path"/><target dir="aws-iam-token"/></filesystem>',
  '<filesystem type="mount"><driver{} type="virtiofs"/><target dir="other"/></filesystem>',
];

/** What the choice of an address depends on: the architecture, and the addresses that are taken. */
const OS = [
  "",
  '<os{}><type arch="x86_64" machine="q35"{}>hvm</type></os>',
  "<os><type{} arch='aarch64'/></os>",
  '<os><type arch="x86_64"/><smbios{} mode="sysinfo"/></os>',
  '<os><type arch="x86_64"/><smbios mode="host"{}/></os>',
  '<os><type arch="s390x">hvm</type></os>',
  '<os><type arch="toString"/></os>',
];
/** The SMBIOS, in which the patch adds strings to those of others. */
const SYSINFO = [
  "",
  "<sysinfo{} type='fwcfg'><entry name='x'>1</entry></sysinfo>",
  '<sysinfo type="smbios"{}/>',
  '<sysinfo{} type="smbios">\n  <bios/>\r\n</sysinfo>',
  "<sysinfo{} type = 'smbios'><oemStrings{}/></sysinfo>",
  '<sysinfo type="smbios"><oemStrings>\n <entry{}>é😀</entry>\n <entry><![CDATA[b]]></entry>\n</oemStrings></sysinfo>',
];
const ADDRESSED = [
  "",
  '<interface{}><address type="pci" domain="0x0000" bus="0x00" slot="0x1c" function="0x0"/></interface>',
  "<disk><address{} type='pci' bus='0' slot='28'/></disk><disk><address type='pci' bus='0' slot='0x19'/></disk>",
  '<disk><address type="ccw"{} cssid="0xfe" ssid="0x0" devno="0xfffe"/></disk>',
  '<filesystem type="mount" accessMode=""{}><driver type="virtiofs"/>' +
  `<source socket="${SHARE.socket}"/><target dir="${SHARE.tag}"/></filesystem>`,
];

function oneOf(
  templates: readonly string[],
  attributes: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...templates), attributes)
    .map(([template, others]) => template.replaceAll("{}", () => others));
}

const prolog = fc.constantFrom(
  "",
  "\uFEFF",
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n",
  "<!-- <domain> -->\n",
  "<?xml-stylesheet ?><!--<!DOCTYPE a>-->\r",
);

/** A root element with one `<devices>`, and what follows it, in any spelling that XML allows. */
function rootOf(tags: fc.Arbitrary<string>, names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const attributes = attributesOf(fc.oneof(names, fc.constantFrom("type", "mode", "access")));
  const others = attributesOf(names);
  const content = contentOf(tags, attributes);
  const devices = fc.tuple(
    attributes,
    space,
    fc.boolean(),
    content,
    oneOf(DEVICE, others),
    oneOf(ADDRESSED, others),
    content,
    space,
  ).map(([all, after, empty, first, device, addressed, second, end]) =>
    empty
      ? `<devices${all}${after}/>`
      : `<devices${all}>${joined([first, device, addressed, second, end])}</devices${after}>`
  );
  return fc.tuple(
    attributes,
    fc.uniqueArray(fc.constantFrom(0, 1, 2, 3), { minLength: 4, maxLength: 4 }),
    oneOf(MEMORY_BACKING, others),
    fc.tuple(oneOf(SYSINFO, others), oneOf(OS, others), oneOf(CPU, others)).map(joined),
    devices,
    fc.tuple(content, content, space),
    fc.constantFrom("", "\n", "<!-- end -->", "\r\n"),
  ).map(([all, order, memory, processor, device, [one, two, gapBetween], end]) => {
    const pieces = [
      memory,
      processor,
      device,
      one.replaceAll(/<\/?devices/g, (open) => `${open}-`),
    ];
    const ordered = order.flatMap((index) => [pieces[index] ?? "", gapBetween]);
    const rest = two.replaceAll(/<\/?devices/g, (open) => `${open}-`);
    return `<domain xmlns:x="urn:x"${all}>${joined([...ordered, rest])}</domain>${end}`;
  });
}

const plainRoot = rootOf(tag, plainName);
const namedRoot = rootOf(fc.oneof(tag, anyName), fc.oneof(plainName, anyName));

/** Any well-formed libvirt domain with names that every parser accepts. */
export const plainDomain: fc.Arbitrary<string> = fc.tuple(prolog, plainRoot)
  .map((parts) => parts.join(""));

/** Any well-formed libvirt domain. */
export const anyDomain: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: plainDomain },
  { weight: 1, arbitrary: fc.tuple(prolog, namedRoot).map((parts) => parts.join("")) },
);

/** A domain with a document type declaration, whose end may be hard to find. */
export const domainWithDocumentType: fc.Arbitrary<string> = fc.tuple(
  prolog,
  fc.constantFrom(
    "<!DOCTYPE domain>",
    '<!DOCTYPE domain SYSTEM "http://127.0.0.1:9/x">\n',
    "<!DOCTYPE domain [ ]>",
    "<!DOCTYPE domain [<!ELEMENT domain ANY>\n<!-- ]> -->]>",
    '<!DOCTYPE domain [<!ENTITY a "]><domain><devices/></domain><?y ">]>',
    "<!DOCTYPE domain [<?a ]>?>]>",
  ),
  plainRoot,
).map((parts) => parts.join(""));

/** A domain with a few changed characters: most are not well-formed any more. */
export const damagedDomain: fc.Arbitrary<string> = fc.tuple(
  plainDomain,
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

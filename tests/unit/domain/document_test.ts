import assert from "node:assert/strict";
import { patchDomain } from "../../../src/domain/patch.ts";
import { InvalidInput } from "../../../src/text/invalid_input.ts";

const DEVICE = { tag: "aws-iam-token", socket: "/run/token.sock" };

function patch(xml: string): string {
  return new TextDecoder().decode(
    patchDomain(new TextEncoder().encode(xml), { device: DEVICE }).xml,
  );
}

/** A domain with a number of disks and pinned CPUs, in KubeVirt's formatting. */
function largeDomain(disks: number, processors: number): string {
  const many = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index)).join("");
  return `<domain type="kvm">\n\t<devices>\n${
    many(disks, (n) =>
      `\t\t<disk device="disk" type="block" model="virtio-non-transitional">
\t\t\t<source dev="/dev/volume-of-the-database-${n}" name="volume-of-the-database-${n}"></source>
\t\t\t<target bus="virtio" dev="vd${n}"></target>
\t\t\t<driver cache="none" error_policy="stop" name="qemu" type="raw" io="native" discard="unmap"></driver>
\t\t\t<alias name="ua-volume-of-the-database-${n}"></alias>
\t\t</disk>
`)
  }\t</devices>\n\t<vcpus>\n${
    many(processors, (n) => `\t\t<vcpu id="${n}" enabled="yes" hotpluggable="yes"></vcpu>\n`)
  }\t</vcpus>\n\t<cputune>\n${
    many(processors, (n) => `\t\t<vcpupin vcpu="${n}" cpuset="${n}"></vcpupin>\n`)
  }\t</cputune>\n</domain>`;
}

/** A domain of an exact size in bytes. */
function domainOfSize(bytes: number): string {
  const empty = "<domain><devices/><!----></domain>";
  return empty.replace("<!--", `<!--${" ".repeat(bytes - empty.length)}`);
}

/** A domain with an exact number of tags. */
function domainOfTags(tags: number): string {
  return `<domain><devices/>${"<a/>".repeat(tags - 3)}</domain>`;
}

const ACCEPTED: Readonly<Record<string, string>> = {
  "256 disks and 512 pinned processors": largeDomain(256, 512),
  "192 KiB": domainOfSize(192 * 1024),
  "10,000 tags": domainOfTags(10_000),
  "257 levels": `<domain><devices/>${"<a>".repeat(256)}${"</a>".repeat(256)}</domain>`,
  "what looks like a document type": "<!--<!DOCTYPE a>--><?a <!DOCTYPE a>?>\n<domain><devices/>" +
    "<![CDATA[<!DOCTYPE a>]]></domain>",
  "a declaration with all that it may have":
    "\uFEFF<?xml\tversion = '1.1' encoding = \"Utf8\" standalone='no' ?><domain><devices/></domain>",
  "ASCII": "<?xml version='1.0' encoding='US-ASCII'?><domain><devices/></domain>",
  "a name of characters beyond the BMP": "<domain><devices/><\u{1057E} \u{1057E}='a'/></domain>",
  "what looks like a level more":
    `<domain><devices/>${"<a>".repeat(255)}<!--<a>--><![CDATA[<a>]]>` +
    `<!--a><a>b--><![CDATA[a><a>b]]><?a ><a>b?><?a <a>?><a b='>"/'/><a c=">'/" ></a>${
      "</a>".repeat(255)
    }</domain>`,
};

for (const [situation, xml] of Object.entries(ACCEPTED)) {
  Deno.test(`the domain patch accepts ${situation}`, () =>
    assert.match(patch(xml), /<driver type="virtiofs"/));
}

const REFUSALS: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ["nothing", "", /not well-formed \(line 1, column 1\)/],
  ["no XML", "domain", /not well-formed \(line 1, column 1\)/],
  [
    "an element that is not closed",
    "<domain>\n<devices>\n<a></b></devices></domain>",
    /\(line 3, column 4\)/,
  ],
  ["another root", "\n<network/>", /root element <network> \(line 2, column 1\)/],
  [
    "a root with a prefix",
    "<x:domain xmlns:x='u'><devices/></x:domain>",
    /root element <x:domain>/,
  ],
  ["no devices", "<domain>\n</domain>", /<domain> \(line 1, column 1\) has no <devices>/],
  ["devices in another place", "<domain><os><devices/></os></domain>", /has no <devices>/],
  [
    "a reference that does not end",
    "<domain><devices>&amp</devices></domain>",
    /not well-formed \(line 1, column 22\): Unterminated reference/,
  ],
  ["an entity that nobody defined", "<domain><devices>&x;</devices></domain>", /not well-formed/],
  [
    "another encoding",
    "<?xml version='1.0' encoding='utf-16'?><domain/>",
    /declares another encoding than UTF-8 \(line 1, column 31\)/,
  ],
  [
    "an encoding that ends in UTF-8",
    "<?xml version='1.0' encoding='x-utf-8'?><domain/>",
    /declares another encoding/,
  ],
  [
    "an encoding that starts with UTF-8",
    "<?xml version='1.0' encoding='utf-88'?><domain/>",
    /declares another encoding/,
  ],
  [
    "a declaration without a version",
    "<?xml encoding='UTF-8'?><domain/>",
    /\(line 1, column 1\): Invalid XML declaration/,
  ],
  [
    "a declaration with something else",
    "<?xml version='1.0' encoding='UTF-8' a='b'?><domain/>",
    /\(line 1, column 1\): Invalid XML declaration/,
  ],
  [
    "a byte that is not UTF-8 behind a byte order mark",
    new Uint8Array([0xef, 0xbb, 0xbf, 0x3c, 0xff]),
    /not UTF-8 \(line 1, column 3\)/,
  ],
  ["bytes that are not UTF-8", new Uint8Array([0x3c, 0xff]), /not UTF-8 \(line 1, column 2\)/],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 0x3c, 0]), /not UTF-8 \(line 1, column 1\)/],
  [
    "a byte that is not UTF-8 behind characters of all lengths",
    Uint8Array.from([...new TextEncoder().encode("<domain>\r\né\uFFFD😀"), 0xe9, 0x3c]),
    /not UTF-8 \(line 2, column 4\)/,
  ],
  [
    "a character that is cut off at the end",
    Uint8Array.from([...new TextEncoder().encode("<domain>\n\n"), 0xef, 0xbf]),
    /not UTF-8 \(line 3, column 1\)/,
  ],
  [
    "an error behind characters beyond the BMP",
    `<domain>${"😀".repeat(50)}\n\n\n\n😀<devices></domain>`,
    /not well-formed \(line 5, column 11\)/,
  ],
  [
    "what is no character, behind characters beyond the BMP",
    `<domain>${"😀".repeat(50)}\n😀\u0001<devices></domain>`,
    /not well-formed \(line 2, column 2\): Invalid character\./,
  ],
  [
    "what is no character, and nothing else",
    "<domain>\n<name>a\u0001b</name><devices/></domain>",
    /not well-formed \(line 2, column 8\): Invalid character\./,
  ],
  [
    "an error before what is no character",
    "<domain>\n<name></nam>\n\u0001<devices/></domain>",
    /not well-formed \(line 2, column \d+\): (?!Invalid character)/,
  ],
  [
    "an error behind line breaks of all kinds",
    "<domain>\r\n\r\n\r\n</devices>",
    /not well-formed \(line 4, column 1\)/,
  ],
  ["a document type", "\uFEFF<!-- a\n-->\r<!DOCTYPE domain><domain/>", /type \(line 3, column 1\)/],
  [
    "a document type that seems to end in a literal",
    '<?xml version="1.0"?><!DOCTYPE domain [<!ENTITY a "]><domain><devices/></domain><?y ">]><domain/>',
    /declares a document type \(line 1, column 22\)/,
  ],
  [
    "one level more than libvirt reads",
    `<domain>${"<a>".repeat(257)}${"</a>".repeat(257)}</domain>`,
    /more than 257 levels deep \(line 1, column 777\)/,
  ],
  [
    "one level more, of tags with attributes",
    `<domain>${`<a b="cd" e='fg'>`.repeat(257)}${"</a>".repeat(257)}</domain>`,
    /more than 257 levels deep \(line 1, column 4361\)/,
  ],
  [
    "a byte more than 192 KiB",
    domainOfSize(192 * 1024 + 1),
    /has 196609 bytes, and the limit is 196608/,
  ],
  [
    "a tag more than 10,000",
    domainOfTags(10_001),
    /has more than 10000 tags, and the limit is 10000/,
  ],
];

for (const [situation, xml, message] of REFUSALS) {
  Deno.test(`the domain patch refuses ${situation}`, () => {
    const bytes = typeof xml === "string" ? new TextEncoder().encode(xml) : xml;
    assert.throws(() => patchDomain(bytes, { device: DEVICE }), (error) => {
      assert(error instanceof InvalidInput);
      assert.match(error.message, message);
      assert.equal(error.source, "domain");
      return true;
    });
  });
}

/** Runs an action with less room on the stack. */
function withFrames<Result>(frames: number, action: () => Result): Result {
  return frames === 0 ? action() : withFrames(frames - 1, action);
}

Deno.test("nesting that exhausts the stack is refused with its place", () => {
  const xml = `<domain><!--\n<a>-->${"<a b='>'>".repeat(9_990)}`;
  assert.throws(
    () => withFrames(5_000, () => patch(xml)),
    (error) =>
      error instanceof InvalidInput &&
      /more than 257 levels deep \(line 2, column 2311\)/.test(error.message),
  );
});

Deno.test("a refusal does not quote the document", () => {
  assert.throws(
    () => patch("<domain><devices><secret>hunter2</devices></domain>"),
    (error) => error instanceof InvalidInput && !error.message.includes("hunter2"),
  );
});

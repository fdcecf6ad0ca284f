import assert from "node:assert/strict";
import { patchDomain } from "../../../src/domain/patch.ts";
import { LINUX, WINDOWS } from "../../support/kubevirt.ts";

const DEVICE = { tag: "aws-iam-token", socket: "/run/token.sock" };
const FILESYSTEM = '<filesystem type="mount" accessmode="passthrough">' +
  '<driver type="virtiofs" queue="1024"/><source socket="/run/token.sock"/>' +
  '<target dir="aws-iam-token"/></filesystem>';
const BACKING = '<memoryBacking><source type="memfd"/><access mode="shared"/></memoryBacking>';

/** The device with an address. */
const filesystemAt = (address: string) =>
  FILESYSTEM.replace("</filesystem>", `${address}</filesystem>`);
const pci = (slot: string) =>
  `<address type="pci" domain="0x0000" bus="0x00" slot="${slot}" function="0x0"/>`;
const os = (arch: string) => `<os><type arch="${arch}">hvm</type></os>`;

/** An architecture, the other devices, and the address of the new device. */
const ADDRESSES: readonly (readonly [string, string, string, string])[] = [
  ["PCI: a high slot, so that libvirt's choices from below stay", "x86_64", "<a/>", pci("0x1c")],
  ["PCI: the oldest architecture, too", "i686", "<a/>", pci("0x1c")],
  ["PCI: not one that another device has", "aarch64", `<a>${pci("0x1c")}</a>`, pci("0x19")],
  [
    "PCI: numbers may be decimal, and domain and bus left out",
    "x86_64",
    "<a><address type='pci' slot='28'/></a><a><address type='pci' bus='0' slot='25'/></a>",
    pci("0x18"),
  ],
  [
    "PCI: the same slot of another bus is free here",
    "x86_64",
    '<a><address type="pci" domain="0x0000" bus="0x01" slot="0x1c" function="0x0"/></a>',
    pci("0x1c"),
  ],
  [
    "PCI: the same slot of another domain is free here",
    "x86_64",
    '<a><address type="pci" domain="0x0001" bus="0x00" slot="0x1c" function="0x0"/></a>',
    pci("0x1c"),
  ],
  [
    "PCI: the same slot of a smart card reader is free here",
    "x86_64",
    '<a><address type="ccid" controller="0" slot="28"/></a>',
    pci("0x1c"),
  ],
  [
    "PCI: all these slots are taken: libvirt chooses",
    "x86_64",
    [0x1c, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16].map((slot) => `<a>${pci(String(slot))}</a>`)
      .join(""),
    "",
  ],
  [
    "channel devices: a high number",
    "s390x",
    '<a><address type="ccw" cssid="0xfe" ssid="0x0" devno="0xfffe"/></a>',
    '<address type="ccw" cssid="0xfe" ssid="0x0" devno="0xfffd"/>',
  ],
  [
    "channel devices: all these numbers are taken: libvirt chooses",
    "s390x",
    [0xfffe, 0xfffd, 0xfffc, 0xfffb].map((devno) => `<a><address type="ccw" devno="${devno}"/></a>`)
      .join(""),
    "",
  ],
  ["another architecture: libvirt chooses", "ppc64le", "<a/>", ""],
];

for (const [what, arch, others, address] of ADDRESSES) {
  Deno.test(`the device's address: ${what}`, () => {
    assert.equal(
      patch(`<domain>${os(arch)}<devices>${others}</devices></domain>`),
      `<domain>${os(arch)}${BACKING}<devices>${others}${filesystemAt(address)}</devices></domain>`,
    );
  });
}

Deno.test("our device gets its address again if KubeVirt has lost it between two definitions", () => {
  const domain = (device: string) =>
    `<domain>${os("x86_64")}${BACKING}<devices>${device}</devices></domain>`;
  assert.equal(patch(domain(FILESYSTEM)), domain(filesystemAt(pci("0x1c"))));
  const theirs = FILESYSTEM.replace("/run/token.sock", "/run/other.sock");
  assert.equal(patch(domain(theirs)), domain(theirs));
  const withoutSocket = FILESYSTEM.replace('<source socket="/run/token.sock"/>', "");
  assert.equal(patch(domain(withoutSocket)), domain(withoutSocket));
});

function patch(xml: string, device = DEVICE): string {
  const patched = patchDomain(new TextEncoder().encode(xml), { device }).xml;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(patched);
}

const PATCHES: readonly (readonly [string, string, string])[] = [
  [
    "an empty devices element",
    "<domain><devices/></domain>",
    `<domain>${BACKING}<devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "a devices element without children",
    "<domain><devices></devices></domain>",
    `<domain>${BACKING}<devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "devices on lines of their own: the new one has the indentation of its siblings",
    "<domain>\n  <devices>\n    <a/>\n  </devices>\n</domain>\n",
    `<domain>\n  ${BACKING}\n  <devices>\n    <a/>\n    ${FILESYSTEM}\n  </devices>\n</domain>\n`,
  ],
  [
    "CR LF line ends",
    "<domain>\r\n <devices>\r\n  <a/>\r\n </devices>\r\n</domain>",
    `<domain>\r\n ${BACKING}\r\n <devices>\r\n  <a/>\r\n  ${FILESYSTEM}\r\n </devices>\r\n</domain>`,
  ],
  [
    "an end of devices in a comment, in CDATA and in metadata",
    "<domain><metadata><devices></devices></metadata><devices><!--</devices>--><a><![CDATA[</devices>]]></a></devices></domain>",
    `<domain><metadata><devices></devices></metadata>${BACKING}<devices><!--</devices>--><a><![CDATA[</devices>]]></a>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "a declaration, a byte order mark, prefixes and characters beyond the BMP",
    "\uFEFF<?xml version='1.0' encoding='UTF-8'?>\n<domain xmlns:q='urn:q'>😀<q:devices/><devices><a b='é'/></devices ></domain>",
    `\uFEFF<?xml version='1.0' encoding='UTF-8'?>\n<domain xmlns:q='urn:q'>😀<q:devices/>${BACKING}<devices><a b='é'/>${FILESYSTEM}</devices ></domain>`,
  ],
  [
    "hugepages and locked memory stay",
    "<domain><memoryBacking><hugepages/><locked/></memoryBacking><devices/></domain>",
    `<domain><memoryBacking><hugepages/><locked/><source type="memfd"/><access mode="shared"/></memoryBacking><devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "an empty memoryBacking",
    "<domain><memoryBacking/><devices/></domain>",
    `<domain>${BACKING}<devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "private memory becomes shared, in the quotes that are there",
    "<domain><memoryBacking><source type='memfd'/><access  mode = 'private' /></memoryBacking><devices/></domain>",
    `<domain><memoryBacking><source type='memfd'/><access  mode = 'shared' /></memoryBacking><devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "access that does not say which becomes shared",
    "<domain><memoryBacking><source type='memfd'/><access/></memoryBacking><devices/></domain>",
    `<domain><memoryBacking><source type='memfd'/><access mode="shared"/></memoryBacking><devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "anonymous memory becomes memfd, memory in a file stays",
    "<domain><memoryBacking><source type='anonymous'/><access mode='shared'/></memoryBacking><devices/></domain>",
    `<domain><memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "a file source stays",
    "<domain><memoryBacking><source type='file'/></memoryBacking><devices/></domain>",
    `<domain><memoryBacking><source type='file'/><access mode="shared"/></memoryBacking><devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "private NUMA cells and memory devices become shared, those that say nothing stay",
    "<domain><cpu><numa><cell id='0' memAccess='private'/><cell id='1'/></numa></cpu><devices><memory model='dimm' access='private'/></devices></domain>",
    `<domain><cpu><numa><cell id='0' memAccess='shared'/><cell id='1'/></numa></cpu>${BACKING}<devices><memory model='dimm' access='shared'/>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "white space of JavaScript's that is a part of a name in XML",
    "<domain><cpu><numa><cell a\u1680b='x' memAccess='private'/><cell \uFEFFmemAccess='q' memAccess='private'/></numa></cpu><devices/></domain>",
    `<domain><cpu><numa><cell a\u1680b='x' memAccess='shared'/><cell \uFEFFmemAccess='q' memAccess='shared'/></numa></cpu>${BACKING}<devices>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "a no-break space before the end of devices is text",
    "<domain><devices>\n <a/>\u00A0\n</devices></domain>",
    `<domain>${BACKING}<devices>\n <a/>\u00A0\n ${FILESYSTEM}\n</devices></domain>`,
  ],
  [
    "another virtiofs device beside it",
    `<domain>${BACKING}<devices><filesystem><driver type='virtiofs'/><target dir='other'/></filesystem></devices></domain>`,
    `<domain>${BACKING}<devices><filesystem><driver type='virtiofs'/><target dir='other'/></filesystem>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "filesystems of that tag that are not virtiofs, and one without a tag",
    `<domain>${BACKING}<devices><filesystem><driver type='path'/><target dir='aws-iam-token'/></filesystem><filesystem><target dir='aws-iam-token'/></filesystem><filesystem><driver type='virtiofs'/></filesystem></devices></domain>`,
    `<domain>${BACKING}<devices><filesystem><driver type='path'/><target dir='aws-iam-token'/></filesystem><filesystem><target dir='aws-iam-token'/></filesystem><filesystem><driver type='virtiofs'/></filesystem>${FILESYSTEM}</devices></domain>`,
  ],
  [
    "a device of that tag is there already: only the memory is shared",
    "<domain><devices><filesystem><driver type='virtiofs'/><target dir='aws-iam-token'/></filesystem></devices></domain>",
    `<domain>${BACKING}<devices><filesystem><driver type='virtiofs'/><target dir='aws-iam-token'/></filesystem></devices></domain>`,
  ],
];

for (const [situation, before, after] of PATCHES) {
  Deno.test(`the domain patch: ${situation}`, () => assert.equal(patch(before), after));
  Deno.test(`the domain patch is idempotent: ${situation}`, () =>
    assert.equal(patch(patch(before)), after));
}

for (const [guest, { domainXml }] of Object.entries({ LINUX, WINDOWS })) {
  Deno.test(`the domain patch changes no other byte of KubeVirt's ${guest} domain`, () => {
    const patched = patch(domainXml);
    const indented = /\n\t+/.source;
    const restored = patched
      .replace(new RegExp(`${indented}${filesystemAt(pci("0x1c"))}`), "")
      .replace(new RegExp(`${BACKING}${indented}`), "")
      .replace(/\n\t\t<source type="memfd"\/><access mode="shared"\/>/, "")
      .replace('memAccess="shared"', 'memAccess="private"');
    assert.equal(restored, domainXml);
  });
}

Deno.test("a domain that has everything is returned itself", () => {
  for (const device of [filesystemAt(pci("0x1c")), FILESYSTEM]) {
    const domain = new TextEncoder().encode(
      `<domain><os/>${BACKING}<devices>${device}</devices></domain>`,
    );
    const patched = patchDomain(domain, { device: DEVICE });
    assert.equal(patched.xml, domain);
    assert.equal(patched.device.kind, "present");
  }
});

Deno.test("our device is recognised by tag and socket, with characters or character references", () => {
  const device = { tag: "\u{1F511}", socket: "/run/\u{1F511}.sock" };
  const patched = patch("<domain><devices/></domain>", device);
  assert.equal(patch(patched, device), patched);
  const referred = patched.replaceAll("\u{1F511}", "&#x1F511;");
  assert.equal(patch(referred, device), referred);
  assert.notEqual(patch(patched, { ...device, tag: "\u{1F512}" }), patched);
});

Deno.test("the domain patch escapes tag and socket", () => {
  const patched = patch("<domain><devices/></domain>", { tag: `a"<&b`, socket: `/s"<&'>` });
  assert.match(patched, /<target dir="a&quot;&lt;&amp;b"\/>/);
  assert.match(patched, /<source socket="\/s&quot;&lt;&amp;'>"\/>/);
});

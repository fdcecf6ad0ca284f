import assert from "node:assert/strict";
import type { OemString } from "../../../src/domain/oem_strings.ts";
import { patchDomain } from "../../../src/domain/patch.ts";
import { LINUX } from "../../support/kubevirt.ts";

const FIRST: OemString = { place: "first", sets: ["a="], start: "a=1", text: "a=1new" };
const LAST: OemString = { place: "last", sets: ["z="], start: "z=", text: "z=1" };
const STRINGS = [FIRST, LAST];

const OURS_FIRST = "<entry>a=1new</entry>";
const OURS_LAST = "<entry>z=1</entry>";
const LIST = `<oemStrings>${OURS_FIRST}${OURS_LAST}</oemStrings>`;
const TYPE = '<type arch="x86_64">hvm</type>';
const OS = `<os>${TYPE}<smbios mode="sysinfo"/></os>`;

function patch(xml: string, oemStrings = STRINGS) {
  const patched = patchDomain(new TextEncoder().encode(xml), { oemStrings });
  return { ...patched, xml: new TextDecoder().decode(patched.xml) };
}

const sysinfo = (list: string) => `<domain>${OS}<sysinfo type="smbios">${list}</sysinfo></domain>`;

const CASES: readonly (readonly [string, string, string])[] = [
  [
    "a domain without SMBIOS gets it",
    `<domain><os>${TYPE}</os></domain>`,
    `<domain><sysinfo type="smbios">${LIST}</sysinfo>${OS}</domain>`,
  ],
  [
    "sysinfo of another type stays, and gets no strings",
    `<domain>${OS}<sysinfo type="fwcfg"/></domain>`,
    `<domain><sysinfo type="smbios">${LIST}</sysinfo>${OS}<sysinfo type="fwcfg"/></domain>`,
  ],
  ["sysinfo without strings gets them", sysinfo("<bios/>"), sysinfo(`<bios/>${LIST}`)],
  ["an empty list gets them", sysinfo("<oemStrings/>"), sysinfo(LIST)],
  [
    "ours stand around those of others, on lines of their own",
    sysinfo("<oemStrings>\n\t<entry>b</entry>\n\t<entry>c</entry>\n</oemStrings>"),
    sysinfo(
      `<oemStrings>\n\t${OURS_FIRST}\n\t<entry>b</entry>\n\t<entry>c</entry>\n\t${OURS_LAST}\n</oemStrings>`,
    ),
  ],
  [
    "ours of an earlier call are replaced where they stand",
    sysinfo(
      "<oemStrings><entry>a=1old</entry><entry>b</entry><entry>z=old</entry></oemStrings>",
    ),
    sysinfo(`<oemStrings>${OURS_FIRST}<entry>b</entry>${OURS_LAST}</oemStrings>`),
  ],
  [
    "ours that are missing are added to the rest",
    sysinfo("<oemStrings><entry>b</entry><entry>z=old</entry></oemStrings>"),
    sysinfo(`<oemStrings>${OURS_FIRST}<entry>b</entry>${OURS_LAST}</oemStrings>`),
  ],
];

for (const [what, before, after] of CASES) {
  Deno.test(`OEM strings: ${what}`, () => {
    const patched = patch(before);
    assert.equal(patched.xml, after);
    assert.equal(patched.oemStrings.kind, "added");
  });
  Deno.test(`OEM strings, twice: ${what}`, () => {
    const twice = patch(after);
    assert.equal(twice.xml, after);
    assert.equal(twice.oemStrings.kind, "present");
  });
}

Deno.test("OEM strings change no other byte of KubeVirt's domain", () => {
  const { xml } = patch(LINUX.domainXml);
  assert.equal(xml.replace(`\n\t\t${LIST}`, ""), LINUX.domainXml);
});

const longs = (count: number, text = "") =>
  sysinfo(`<oemStrings>${`<entry>${text}</entry>`.repeat(count)}</oemStrings>`);

for (const arch of ["i686", "aarch64"]) {
  Deno.test(`OEM strings for ${arch}`, () => {
    const patched = patch(`<domain><os><type arch="${arch}"/></os></domain>`);
    assert.match(patched.xml, /<entry>a=1new<\/entry>/);
  });
}

Deno.test("OEM strings of one place stand in their order", () => {
  const second = { ...FIRST, sets: ["b="], start: "b=", text: "b=2" };
  const { xml } = patch(sysinfo("<oemStrings><entry>c</entry></oemStrings>"), [FIRST, second]);
  assert.equal(
    xml,
    sysinfo(`<oemStrings>${OURS_FIRST}<entry>b=2</entry><entry>c</entry></oemStrings>`),
  );
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  [
    "a machine without SMBIOS",
    '<domain><os><type arch="s390x">hvm</type></os></domain>',
    /no SMBIOS/,
  ],
  ["a machine of an unknown architecture", "<domain><os><type>hvm</type></os></domain>", /SMBIOS/],
  ["a machine that says nothing of itself", "<domain><os/></domain>", /no SMBIOS/],
  ["a domain without a machine", "<domain/>", /no SMBIOS/],
  ["a confidential VM", `<domain>${OS}<launchSecurity type="sev"/></domain>`, /confidential/],
  [
    "the SMBIOS of the host",
    `<domain><os>${TYPE}<smbios mode="host"/></os></domain>`,
    /another mode/,
  ],
  [
    "a string of somebody else's that sets the same",
    sysinfo("<oemStrings><entry>a=2</entry></oemStrings>"),
    /has added the OEM string a=/,
  ],
  ["more strings than the SMBIOS can count", longs(253), /more than 254/],
  ["more bytes than the firmware takes", longs(1, "é".repeat(16_380)), /32772 bytes.*32768/],
];

for (const [what, xml, reason] of REFUSED) {
  Deno.test(`no OEM strings, and no change: ${what}`, () => {
    const patched = patch(xml);
    assert.equal(patched.xml, xml);
    assert.equal(patched.oemStrings.kind, "refused");
    assert.match(patched.oemStrings.kind === "refused" ? patched.oemStrings.reason : "", reason);
  });
}

Deno.test("as many OEM strings and bytes as there may be are added", () => {
  assert.equal(patch(longs(252)).oemStrings.kind, "added");
  assert.equal(patch(longs(1, "x".repeat(32 * 1024 - 12))).oemStrings.kind, "added");
  assert.equal(patch(longs(1, "x".repeat(32 * 1024 - 11))).oemStrings.kind, "refused");
});

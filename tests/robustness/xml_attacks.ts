import { ensure, type Item, pause } from "./item.ts";
import { defineDomain } from "./properties/hook_call.ts";

const encoder = new TextEncoder();
const MEBIBYTE = 1024 * 1024;

/** What one unit more costs is the same at every size, so that twice as many take about twice as long. */
const WORST_GROWTH = 4;

/** Times (in milliseconds) that are too short to be told apart, and one that is too long to go on. */
const NOISE = 25;
const TOO_SLOW = 10_000;

/** A document that grows: of about so many bytes. */
type Attack = (bytes: number) => string;

const inDevices = (content: string) => `<domain><devices>${content}</devices></domain>`;
const units = (unit: string, bytes: number) => unit.repeat(Math.ceil(bytes / unit.length));
const numbered = (bytes: number, unit: (number: number) => string) =>
  Array.from({ length: Math.ceil(bytes / unit(100_000).length) }, (_, index) => unit(index)).join(
    "",
  );

/** Documents that have brought XML readers down, each in the size that it is asked for. */
const GROWING: Readonly<Record<string, Attack>> = {
  "attributes of one element": (bytes) =>
    `<domain${numbered(bytes, (n) => ` a${n}="1"`)}><devices/></domain>`,
  "one attribute": (bytes) => `<domain a="${units("x", bytes)}"><devices/></domain>`,
  "attributes of NUMA cells that change": (bytes) =>
    `<domain><cpu><numa>${
      units('<cell a="1" b="2" memAccess="private"/>', bytes)
    }</numa></cpu><devices/></domain>`,
  "sibling elements": (bytes) => inDevices(units("<a/>", bytes)),
  "filesystems that are not ours": (bytes) =>
    inDevices(units('<filesystem><driver type="virtiofs"/><target dir="x"/></filesystem>', bytes)),
  "predefined entities": (bytes) => inDevices(units("&amp;", bytes)),
  "character references": (bytes) => inDevices(units("&#65;", bytes)),
  "white space": (bytes) => inDevices("<a/>" + units(" ", bytes)),
  "line breaks of LF": (bytes) => inDevices(units("\n", bytes)),
  "text beyond the BMP": (bytes) => inDevices(units("😀", bytes / 2)),
  "comments": (bytes) => inDevices(units("<!-- </devices> -->", bytes)),
  "CDATA sections": (bytes) => inDevices(units("<![CDATA[</devices>]]>", bytes)),
  "processing instructions": (bytes) => inDevices(units("<?a </devices>?>", bytes)),
  "an internal subset": (bytes) =>
    `<!DOCTYPE domain [${units('<!ENTITY a "b">', bytes)}]><domain><devices/></domain>`,
  "an error at the very end": (bytes) => inDevices(units("<a/>", bytes)) + "<",
  "start tags without an end": (bytes) => `<domain><devices>${units("<a ", bytes)}`,
  "quotes without an end": (bytes) => `<domain a="${units("'", bytes)}`,
  "a declaration without an end": (bytes) => `<?xml ${units("encoding = ", bytes)}`,
};

/** The same with line ends that the parser has to normalise, in sizes that a slow parser survives. */
const CARRIAGE_RETURNS: Readonly<Record<string, Attack>> = {
  "line breaks of CR LF": (bytes) => inDevices(units("\r\n", bytes)),
  "line breaks of CR": (bytes) => inDevices(units("\r", bytes)),
};

/** Documents to be refused, in words and with a place. */
const REFUSED: Readonly<Record<string, string | Uint8Array>> = {
  "entities in entities": "<!DOCTYPE domain [" +
    Array.from(
      { length: 10 },
      (_, n) => `<!ENTITY e${n} "${n === 0 ? "ha" : `&e${n - 1};`.repeat(10)}">`,
    ).join("") + "]><domain><name>&e9;</name><devices/></domain>",
  "an entity of itself": '<!DOCTYPE d [<!ENTITY a "&a;">]><domain>&a;<devices/></domain>',
  "an external entity":
    '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><domain>&x;<devices/></domain>',
  "an external entity of the network":
    '<!DOCTYPE d [<!ENTITY x SYSTEM "http://169.254.169.254/">]><domain a="&x;"><devices/></domain>',
  "a parameter entity in content": "<domain>%x;&x;<devices/></domain>",
  "258 levels": "<domain><devices/>" + "<a>".repeat(257) + "</a>".repeat(257) + "</domain>",
  "10,000 levels": inDevices("<a>".repeat(10_000) + "</a>".repeat(10_000)),
  "1,000,000 levels without an end": inDevices("<a>".repeat(1_000_000)),
  "NUL in text": "<domain>\0<devices/></domain>",
  "NUL in an attribute": '<domain a="\0"><devices/></domain>',
  "NUL by reference": "<domain>&#0;<devices/></domain>",
  "a surrogate by reference": "<domain>&#xD800;<devices/></domain>",
  "a reference beyond Unicode": `<domain>&#x${"F".repeat(1000)};<devices/></domain>`,
  "UTF-16": new Uint8Array(
    new Uint16Array(
      [0xfeff, ...Array.from("<domain/>")].map((c) => typeof c === "number" ? c : c.charCodeAt(0)),
    ).buffer,
  ),
  "UTF-7 declared": '<?xml version="1.0" encoding="UTF-7"?><domain><devices/></domain>',
  "EBCDIC declared": '<?xml version="1.0" encoding="IBM037"?><domain><devices/></domain>',
  "overlong UTF-8": Uint8Array.from([...encoder.encode("<domain>"), 0xc0, 0xbc, 0x2f]),
  "a truncated character": Uint8Array.from([...encoder.encode("<domain>"), 0xf0, 0x9f]),
  "two roots": "<domain><devices/></domain><domain/>",
  "nothing": "",
  "another root": "<domainsnapshot><domain><devices/></domain></domainsnapshot>",
  "the same attribute twice": '<domain a="1" a="2"><devices/></domain>',
};

export const xmlAttacks: Item = {
  name: "2 XML attacks",
  async run(report) {
    for (const [name, document] of Object.entries(REFUSED)) {
      await report.check(`refused: ${name}`, () => refused(document));
    }
    await report.check("an external DTD is not fetched, and stays where it is", () => {
      const answer = defineDomain(
        encoder.encode(
          '<!DOCTYPE domain SYSTEM "http://127.0.0.1:9/x"><domain><devices/></domain>',
        ),
      );
      ensure("result" in answer, "It was refused.");
    });
    console.log(
      "  time of twice the size, as a multiple (median of 3 or 5), up to 4 MiB (256 KiB with CR) of:",
    );
    for (const [name, attack] of Object.entries(GROWING)) {
      await report.check(`linear: ${name}`, () => linear(name, attack, MEBIBYTE / 2, 4));
    }
    for (const [name, attack] of Object.entries(CARRIAGE_RETURNS)) {
      await report.check(`linear: ${name}`, () => linear(name, attack, MEBIBYTE / 32, 4));
    }
  },
};

function refused(document: string | Uint8Array): void {
  const answer = defineDomain(typeof document === "string" ? encoder.encode(document) : document);
  ensure("refused" in answer, "It was taken for a domain.");
  ensure(answer.refused.length < 1000, "The refusal is no sentence.");
  ensure(
    /\(line \d+(, column \d+)?\)|not UTF-8|levels deep/.test(answer.refused),
    `The refusal names no place: ${answer.refused}`,
  );
}

/** Measures one size after the other, each twice the one before, and prints their ratios. */
async function linear(name: string, attack: Attack, start: number, sizes: number): Promise<number> {
  const documents = Array.from({ length: sizes }, (_, n) => encoder.encode(attack(start * 2 ** n)));
  const times: number[] = [];
  for (const document of documents) {
    const first = timeOf(document);
    const more = first > TOO_SLOW ? 0 : first > 500 ? 2 : 4;
    times.push(median([first, ...Array.from({ length: more }, () => timeOf(document))]));
    await pause(0);
    if (first > TOO_SLOW) break;
  }
  const ratios = times.slice(1).map((time, index) =>
    Math.max(time, NOISE) / Math.max(times[index] ?? time, NOISE)
  );
  console.log(`          ${ratios.map((ratio) => ratio.toFixed(2).padStart(6)).join("")}  ${name}`);
  ensure(
    times.length === sizes,
    `${name}: too slow to go on; so far ${times.map((time) => time.toFixed(0)).join(", ")} ms.`,
  );
  // A collection of garbage may fall into one size: the verdict is on the last doublings together.
  const growth = Math.sqrt((ratios.at(-1) ?? 1) * (ratios.at(-2) ?? 1));
  ensure(
    growth < WORST_GROWTH,
    `${name}: twice the size takes ${growth.toFixed(1)} times as long.`,
  );
  return sizes;
}

function timeOf(document: Uint8Array): number {
  const started = performance.now();
  defineDomain(document);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

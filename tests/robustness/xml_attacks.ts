import { MAX_DOMAIN_BYTES } from "../../src/domain/size.ts";
import { GROWING } from "./growth/documents.ts";
import { exponentOf, type Growth, measuredGrowths } from "./growth/growth.ts";
import { peakMemory } from "./growth/memory.ts";
import { ensure, type Item } from "./item.ts";
import { defineDomain } from "./properties/hook_call.ts";
import { placeOfRefusal } from "./properties/the_domain_patch.ts";

const encoder = new TextEncoder();
const MEBIBYTE = 1024 * 1024;

/** The largest exponent of linear growth that is accepted; quadratic growth has 2. */
const MAX_EXPONENT = 1.4;

/** The processor time and the memory that the largest domains may take. */
const MAX_TIME_MS = 1_000;
const MAX_MEMORY_BYTES = 48e6;

/** Documents that are refused with a reason and a place. */
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
  "an external DTD": '<!DOCTYPE domain SYSTEM "http://127.0.0.1:9/x"><domain><devices/></domain>',
  "an internal subset that seems to end in a literal":
    '<!DOCTYPE domain [<!ENTITY a "]><domain><devices/></domain><?y ">]><domain><devices/></domain>',
  "a parameter entity in content": "<domain>%x;&x;<devices/></domain>",
  "258 levels": "<domain><devices/>" + "<a>".repeat(257) + "</a>".repeat(257) + "</domain>",
  "4,990 levels": `<domain>${"<a>".repeat(4_990)}${"</a>".repeat(4_990)}<devices/></domain>`,
  "9,990 levels without an end": `<domain><devices/>${"<a>".repeat(9_990)}`,
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

/** Documents that are refused without parsing, which would take seconds and hundreds of megabytes. */
const TOO_LARGE: Readonly<Record<string, string | Uint8Array>> = {
  "4 MiB of attributes": `<domain${
    Array.from({ length: 400_000 }, (_, n) => ` a${n}="1"`).join("")
  }><devices/></domain>`,
  "4 MiB of elements": `<domain><devices>${"<a/>".repeat(MEBIBYTE)}</devices></domain>`,
  "4 MiB of carriage returns": `<domain>${"\r".repeat(4 * MEBIBYTE)}<devices/></domain>`,
  "1,000,000 levels": `<domain><devices/>${"<a>".repeat(1_000_000)}`,
  "as many elements as the bytes allow": `<domain>${
    "<a/>".repeat(MAX_DOMAIN_BYTES / 4 - 10)
  }<devices/></domain>`,
  "15 MiB of bytes that are no UTF-8": new Uint8Array(15 * MEBIBYTE).fill(0xff),
};

export const xmlAttacks: Item = {
  name: "2 XML attacks",
  async run(report) {
    for (const [name, document] of Object.entries(REFUSED)) {
      await report.check(`refused: ${name}`, () => refused(document));
    }
    for (const [name, document] of Object.entries(TOO_LARGE)) {
      await report.check(`refused at once: ${name}`, () => refusedUnread(document));
    }
    await report.check(
      "the fit recognises time that grows faster than the size",
      fitRecognisesGrowth,
    );
    console.log("  exponent, and milliseconds of processor time up to the largest domain, of:");
    await report.check("every kind of document was measured", async () => {
      let kinds = 0;
      for await (const growth of measuredGrowths()) {
        await report.check(`linear: ${growth.name}`, () => linear(growth));
        kinds++;
      }
      ensure(kinds === Object.keys(GROWING).length, `Only ${kinds} were.`);
    });
    console.log("  anonymous memory at the peak of three calls with the largest domain, of:");
    for (const [name, growing] of Object.entries(GROWING)) {
      await report.check(`memory: ${name}`, async () => {
        const peak = await peakMemory(growing);
        console.log(`          ${(peak / 1e6).toFixed(1)} MB  ${name}`);
        ensure(peak <= MAX_MEMORY_BYTES, `It takes ${(peak / 1e6).toFixed(1)} MB.`);
      });
    }
  },
};

function bytesOf(document: string | Uint8Array): Uint8Array {
  return typeof document === "string" ? encoder.encode(document) : document;
}

function refused(document: string | Uint8Array): void {
  const { refused } = placeOfRefusal(bytesOf(document));
  ensure(refused.length < 1000, "The refusal is too long for a sentence.");
}

function refusedUnread(document: string | Uint8Array): void {
  const bytes = bytesOf(document);
  const started = performance.now();
  const answer = defineDomain(bytes);
  const milliseconds = performance.now() - started;
  ensure("refused" in answer, "It was taken for a domain.");
  ensure(/and the limit is \d+/.test(answer.refused), `It was read: ${answer.refused}`);
  ensure(milliseconds < 100, `It took ${milliseconds.toFixed(0)} ms to refuse it.`);
}

/** Shows that the check of the exponent can fail. */
function fitRecognisesGrowth(): number {
  const growth = (time: (share: number) => number): Growth => ({
    name: "",
    sizes: [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1].map((share) => ({
      bytes: share * MAX_DOMAIN_BYTES,
      milliseconds: time(share),
    })),
  });
  const exponents = [
    exponentOf(growth((share) => 0.1 + share)),
    exponentOf(growth((share) => share * (1 + 3 * share))),
    exponentOf(growth((share) => share ** 2)),
  ];
  ensure(
    JSON.stringify(exponents.map((exponent) => exponent < MAX_EXPONENT)) === "[true,false,false]",
    `The exponents are ${exponents.join(", ")}.`,
  );
  return exponents.length;
}

function linear(growth: Growth): number {
  const { name, sizes } = growth;
  const times = sizes.map(({ milliseconds }) => milliseconds);
  const exponent = exponentOf(growth);
  console.log(
    `          ${exponent.toFixed(2)} ${
      times.map((time) => time.toFixed(1).padStart(7)).join("")
    } ms  ${((sizes.at(-1)?.bytes ?? 0) / 1024).toFixed(0)} KiB of ${name}`,
  );
  ensure(times.length === 5, `${name}: too slow to go on, ${times.at(-1)?.toFixed(0)} ms.`);
  ensure(exponent < MAX_EXPONENT, `${name}: the time grows with the size to ${exponent}.`);
  ensure((times.at(-1) ?? 0) < MAX_TIME_MS, `${name}: the largest takes ${times.at(-1)} ms.`);
  return sizes.length;
}

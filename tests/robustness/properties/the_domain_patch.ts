import fc from "fast-check";
import { ensure, type Report } from "../item.ts";
import { holds } from "../random.ts";
import type { Judge, XmlNode } from "../readers/judge.ts";
import { anyDomain, damagedDomain, domainWithDocumentType, plainDomain } from "./any_domain.ts";
import { defineDomain, oemStringsOf, SHARE } from "./hook_call.ts";
import { undone } from "./our_edits.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The properties of the patch, for any domain. */
export async function theDomainPatch(report: Report, judge: Judge): Promise<void> {
  await report.check(
    "domain: our insertion taken out again gives the original bytes",
    () => holds(fc.property(anyDomain, patchCanBeUndone)),
  );
  await report.check(
    "domain: patched twice is patched once",
    () => holds(fc.property(anyDomain, patchedTwiceIsPatchedOnce)),
  );
  const judged = await judge.knowsFifthEdition() ? anyDomain : plainDomain;
  if (judged === plainDomain) {
    report.skip(
      "domain: names of XML's fifth edition, judged",
      "xmllint (libxml2-utils) is missing",
    );
  }
  await report.check(
    "domain: expat finds our device once, and no memory that is not shared",
    () => holds(fc.asyncProperty(judged, (document) => expatFindsOurDevice(document, judge))),
  );
  await report.check(
    "domain: what is not well-formed is refused with a position, in expat's line",
    () =>
      holds(fc.asyncProperty(damagedDomain, (document) => refusedWithPosition(document, judge))),
  );
  await report.check(
    "domain: a document type is refused, wherever it seems to end",
    () => holds(fc.property(domainWithDocumentType, documentTypeIsRefused)),
  );
  await report.check(
    "domain: any bytes are refused with a position",
    () =>
      holds(fc.property(anyBytes, (bytes) => {
        placeOfRefusal(bytes);
      })),
  );
}

/** Bytes that are mostly not UTF-8. Some start like a domain. */
const anyBytes = fc.tuple(
  fc.constantFrom("", "<domain>\n", "<domain>é😀\r\n<devices>"),
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(fc.constantFrom(0xef, 0xbf, 0xbd, 0xf0, 0x9f, 0x98, 0x80, 0xc3, 0xa9, 0x0a), {
      maxLength: 12,
    }),
  ),
).map(([start, rest]) => Uint8Array.from([...encoder.encode(start), ...rest]));

/** Removing our insertions from the patched document gives the original. */
export function patchCanBeUndone(document: string): void {
  const patched = patch(document);
  ensure(
    undone(patched, document),
    () => `More has changed than ours:\n${document}\n->\n${patched}`,
  );
}

/** The second patch changes nothing. */
export function patchedTwiceIsPatchedOnce(document: string): void {
  const once = patch(document);
  ensure(patch(once) === once, () => `Patching again changed it:\n${once}\n->\n${patch(once)}`);
}

/** An independent parser finds a well-formed document with our device in it and all memory shared. */
export async function expatFindsOurDevice(document: string, judge: Judge): Promise<void> {
  const before = await judge.xml(encoder.encode(document), "fifth");
  ensure(
    "tree" in before,
    () => `The generated document is not well-formed: ${JSON.stringify(before)}`,
  );
  const patched = patch(document);
  const after = await judge.xml(encoder.encode(patched), "fifth");
  ensure("tree" in after, () => `The patched document is not well-formed:\n${patched}`);
  const domain = elements(after.tree, "domain")[0];
  const devices = domain && elements(domain[2], "devices")[0];
  const ours = (devices ? elements(devices[2], "filesystem") : []).filter((filesystem) =>
    elements(filesystem[2], "target").some(([, attributes]) => attributes.dir === SHARE.tag) &&
    elements(filesystem[2], "driver").some(([, attributes]) => attributes.type === "virtiofs")
  );
  ensure(ours.length === 1, () => `The domain has our device ${ours.length} times:\n${patched}`);
  ensure(
    elements(ours[0]?.[2] ?? [], "source")[0]?.[1].socket === SHARE.socket,
    "The device has another socket.",
  );
  expectStringsOnce(before.tree, after.tree);
  const backing = domain && elements(domain[2], "memoryBacking")[0];
  ensure(
    backing !== undefined && elements(backing[2], "access")[0]?.[1].mode === "shared" &&
      ["memfd", "file"].includes(elements(backing[2], "source")[0]?.[1].type ?? ""),
    () => `The memory is not shared:\n${patched}`,
  );
  const cells = along(after.tree, ["domain", "cpu", "numa", "cell"]);
  const modules = along(after.tree, ["domain", "devices", "memory"]);
  ensure(
    !cells.some(([, { memAccess }]) => memAccess === "private") &&
      !modules.some(([, { access }]) => access === "private"),
    () => `A part of the memory is private:\n${patched}`,
  );
}

/** The strings of others are the same as before, and ours are there at most once. */
function expectStringsOnce(before: readonly XmlNode[], after: readonly XmlNode[]): void {
  const strings = (tree: readonly XmlNode[]) =>
    along(tree, ["domain", "sysinfo", "oemStrings", "entry"])
      .map(([, , content]) => JSON.stringify(content));
  const ours = oemStringsOf().map(({ text }) => JSON.stringify([["#text", [text]]]));
  const found = strings(after);
  const others = found.filter((text) => !ours.includes(text));
  ensure(
    JSON.stringify(others) === JSON.stringify(strings(before)),
    `The strings of others are not as before: ${others.join(" ")}`,
  );
  const added = found.length - others.length;
  ensure(added === 0 || added === ours.length, `The domain has ${added} of our strings.`);
}

/**
 * Reasons for which our place is where a construct begins, and expat's is further on; or for which our place is within
 * a tag, and expat's is the start of the tag or of an attribute.
 */
const ANOTHER_PLACE = new RegExp(
  "declaration|another encoding|Unclosed (comment|CDATA section)|Unterminated processing instruction" +
    "|Missing end tag|Root|Extra|Named entity|Duplicate attribute",
);

/** Characters that names may have only since XML's fifth edition: expat stops at them. */
const FIFTH_EDITION = /[\uFEFF\uFFFD\u{10000}-\u{10FFFF}]/u;

/** What expat refuses is refused by the patch, with the same line. */
export async function refusedWithPosition(document: string, judge: Judge): Promise<void> {
  const bytes = encoder.encode(document);
  const verdict = await judge.xml(bytes);
  if ("tree" in verdict) {
    // It may not be a domain, or have a version of XML that only expat accepts.
    const answer = defineDomain(bytes);
    ensure(
      "result" in answer || !/not well-formed(?!.*: Invalid XML declaration)/.test(answer.refused),
      () => `A well-formed document was refused: ${JSON.stringify(answer)}\n${document}`,
    );
    return;
  }
  // libxml2 reads this name as UTF-8, and expat does not.
  if (/^\uFEFF?<\?xml[^>]* encoding='UTF8'/.test(document)) return;
  // The damage may have put a character into a name that only expat refuses.
  if (FIFTH_EDITION.test(document) && "result" in defineDomain(bytes)) {
    const byFifth = await judge.xml(bytes, "fifth");
    const isJudged = await judge.knowsFifthEdition();
    ensure("tree" in byFifth || !isJudged, () => `It passed for a domain:\n${document}`);
    return;
  }
  const { line, refused } = placeOfRefusal(bytes);
  const isAtBeginning = ANOTHER_PLACE.test(refused) &&
    !(/mismatched tag/.test(verdict.error) && /Missing end tag/.test(refused));
  const isFurtherOn = line > verdict.line &&
    (/unclosed token/.test(verdict.error) ||
      FIFTH_EDITION.test(linesOf(document)[verdict.line - 1] ?? ""));
  ensure(
    line === verdict.line || isAtBeginning || isFurtherOn,
    () => `expat stops elsewhere (${verdict.error}): ${refused}\n${document}`,
  );
}

/** A document type is refused, and the message says so. */
export function documentTypeIsRefused(document: string): void {
  const { refused, line, column } = placeOfRefusal(encoder.encode(document));
  ensure(/declares a document type/.test(refused), `It was refused for another reason: ${refused}`);
  const there = linesOf(document)[line - 1]?.slice(column - 1);
  ensure(there?.startsWith("<!DOCTYPE") === true, `It is not there: ${refused}\n${document}`);
}

function linesOf(document: string): readonly string[] {
  return document.split(/\r\n?|\n/);
}

/** Where a document is refused. Fails if it is not refused, or without a place. */
export function placeOfRefusal(bytes: Uint8Array) {
  const answer = defineDomain(bytes);
  ensure("refused" in answer, () => `It passed for a domain:\n${new TextDecoder().decode(bytes)}`);
  const { refused } = answer;
  const place = /\(line (\d+), column (\d+)\)/.exec(refused);
  ensure(place !== null, `The refusal names no place: ${refused}`);
  return { refused, line: Number(place[1]), column: Number(place[2]) };
}

function patch(document: string): string {
  const answer = defineDomain(encoder.encode(document));
  ensure(
    "result" in answer,
    () => `A well-formed domain was refused: ${JSON.stringify(answer)}\n${document}`,
  );
  return decoder.decode(answer.result.domainXML);
}

type XmlElement = readonly [string, Readonly<Record<string, string>>, readonly XmlNode[]];

function elements(nodes: readonly XmlNode[], name: string): readonly XmlElement[] {
  return nodes.filter((node): node is XmlElement => node.length === 3 && node[0] === name);
}

/** All elements at a path of names. */
function along(nodes: readonly XmlNode[], path: readonly string[]): readonly XmlElement[] {
  const [name = "", ...rest] = path;
  const found = elements(nodes, name);
  return rest.length === 0 ? found : found.flatMap(([, , children]) => along(children, rest));
}

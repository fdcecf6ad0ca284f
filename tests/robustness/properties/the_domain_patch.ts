import fc from "fast-check";
import { ensure, type Report } from "../item.ts";
import { holds } from "../random.ts";
import type { Judge, XmlNode } from "../readers/judge.ts";
import { anyDomain, damagedDomain } from "./any_domain.ts";
import { defineDomain, SHARE } from "./hook_call.ts";
import { undone } from "./our_edits.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What must hold for any domain document whatsoever. */
export async function theDomainPatch(report: Report, judge: Judge): Promise<void> {
  await report.check(
    "domain: our insertion taken out again gives the original bytes",
    () => holds(fc.property(anyDomain, patchCanBeUndone)),
  );
  await report.check(
    "domain: patched twice is patched once",
    () => holds(fc.property(anyDomain, patchedTwiceIsPatchedOnce)),
  );
  await report.check(
    "domain: expat finds our device once, and the memory shared",
    () => holds(fc.asyncProperty(anyDomain, (document) => expatFindsOurDevice(document, judge))),
  );
  await report.check(
    "domain: what is not well-formed is refused with a position",
    () =>
      holds(fc.asyncProperty(damagedDomain, (document) => refusedWithPosition(document, judge))),
  );
  await report.check(
    "domain: any bytes are answered or refused",
    () =>
      holds(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        ensure("refused" in defineDomain(bytes), "Random bytes passed for a domain.");
      })),
  );
}

/** Taking our insertion out of the patched document gives the original. */
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

/** An independent parser finds a well-formed document with our device in it and the memory shared. */
export async function expatFindsOurDevice(document: string, judge: Judge): Promise<void> {
  const before = await judge.xml(encoder.encode(document));
  ensure(
    "tree" in before,
    () => `The generated document is not well-formed: ${JSON.stringify(before)}`,
  );
  const patched = patch(document);
  const after = await judge.xml(encoder.encode(patched));
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
  const backing = domain && elements(domain[2], "memoryBacking")[0];
  ensure(
    backing !== undefined && elements(backing[2], "access")[0]?.[1].mode === "shared" &&
      ["memfd", "file"].includes(elements(backing[2], "source")[0]?.[1].type ?? ""),
    () => `The memory is not shared:\n${patched}`,
  );
}

/** Where expat stops, so do we, and we say where. */
export async function refusedWithPosition(document: string, judge: Judge): Promise<void> {
  const bytes = encoder.encode(document);
  const verdict = await judge.xml(bytes);
  const answer = defineDomain(bytes);
  if ("refused" in answer) {
    if (
      "error" in verdict && verdict.line > 0 && !/ declares another encoding /.test(answer.refused)
    ) {
      ensure(
        /\(line \d+, column \d+\)/.test(answer.refused),
        () => `The refusal names no place: ${answer.refused}\n${document}`,
      );
    }
    return;
  }
  ensure(
    "tree" in verdict,
    () => `Not well-formed (${JSON.stringify(verdict)}), and taken nevertheless:\n${document}`,
  );
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

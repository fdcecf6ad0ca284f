import { InvalidInput } from "../text/invalid_input.ts";

/**
 * The largest domain that is parsed. KubeVirt's domains have 4 to 50 KB: about 380 bytes and 10 tags for a disk,
 * 110 bytes and 4 tags for a virtual CPU that is pinned (kubevirt/kubevirt
 * pkg/virt-launcher/virtwrap/api/schema.go). So 256 disks and 512 such CPUs have 150 KB and 4,600 tags.
 *
 * KubeVirt gives a sidecar 64 MB of memory. With both limits a call takes the sidecar to 48 MB at most. The limit
 * of bytes alone is not enough: the parser takes about 450 bytes for an element, which can have as few as 4.
 */
export const MAX_DOMAIN_BYTES = 192 * 1024;

/** The most tags in a domain. Comments, CDATA sections and processing instructions count as tags. */
export const MAX_DOMAIN_TAGS = 10_000;

const LESS_THAN = 0x3c;

/**
 * Refuses a domain that would take too much memory to parse.
 *
 * @throws {InvalidInput} if it is too large.
 */
export function refuseLargeDomain(xml: Uint8Array): void {
  if (xml.length > MAX_DOMAIN_BYTES) throw tooLarge(`${xml.length} bytes`, MAX_DOMAIN_BYTES);
  let tags = 0;
  for (let at = xml.indexOf(LESS_THAN); at !== -1; at = xml.indexOf(LESS_THAN, at + 1)) {
    if (++tags > MAX_DOMAIN_TAGS) {
      throw tooLarge(`more than ${MAX_DOMAIN_TAGS} tags`, MAX_DOMAIN_TAGS);
    }
  }
}

function tooLarge(size: string, limit: number): InvalidInput {
  return new InvalidInput(
    `The domain XML has ${size}, and the limit is ${limit}: give the VM fewer disks, or look for another hook ` +
      "sidecar that changes the domain.",
    "domain",
  );
}

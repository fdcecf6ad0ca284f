import { InvalidInput } from "../text/invalid_input.ts";

/**
 * The largest domain that is read, in bytes, and the most tags in it (comments and their like count too).
 * KubeVirt's domains have 4 to 50 KB: some 380 bytes and 10 tags for a disk, 110 bytes and 4 tags for a
 * virtual processor with a pin of its own (kubevirt/kubevirt pkg/virt-launcher/virtwrap/api/schema.go), so
 * that 256 disks and 512 such processors have 150 KB and 4,600 tags.
 *
 * KubeVirt gives a sidecar 64 MB of memory. Under both limits none of its calls takes it over 48; under that
 * of the bytes alone elements of 4 bytes would, for each of which the parser takes some 450.
 */
export const LARGEST_DOMAIN = { bytes: 192 * 1024, tags: 10_000 } as const;

/**
 * Refuses a domain that would take more memory to read than the sidecar has, before it is read.
 *
 * @throws {InvalidInput} if it is too large.
 */
export function refuseLargeDomain(xml: Uint8Array): void {
  const { bytes, tags } = LARGEST_DOMAIN;
  if (xml.length > bytes) throw tooLarge(`${xml.length} bytes`, bytes);
  if (hasMoreTags(xml, tags)) throw tooLarge(`more than ${tags} tags`, tags);
}

function hasMoreTags(xml: Uint8Array, most: number): boolean {
  let count = 0;
  for (let at = xml.indexOf(LESS_THAN); at !== -1; at = xml.indexOf(LESS_THAN, at + 1)) {
    if (++count > most) return true;
  }
  return false;
}

const LESS_THAN = 0x3c;

function tooLarge(size: string, most: number): InvalidInput {
  return new InvalidInput(
    `The domain XML has ${size}, and at most ${most} are read: give the VM fewer disks, or look at ` +
      "what the hooks before this sidecar add to the domain.",
    "domain",
  );
}

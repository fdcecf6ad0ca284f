import type { XmlElement } from "@rgrove/parse-xml";
import { childElements, type DomainDocument } from "./document.ts";
import { appendChild, insertBefore, setAttribute } from "./edits.ts";
import type { Edit } from "./splice.ts";

const MEMFD = '<source type="memfd"/>';
const SHARED = '<access mode="shared"/>';

/**
 * Makes the guest's memory shared memory, so that virtiofsd can map it: backed by memfd, with shared access
 * (libvirt docs/kbase/virtiofs.rst). KubeVirt does this only for VMIs with a virtiofs filesystem of their own
 * (kubevirt/kubevirt pkg/virt-launcher/virtwrap/converter/compute/memory_backing.go). Hugepages and a source
 * of the type `file` do not change.
 */
export function shareMemory(document: DomainDocument, devices: XmlElement): readonly Edit[] {
  return [
    ...shareMemoryBacking(document, devices),
    ...privateMemory(document, devices).map(({ element, attribute }) =>
      setAttribute(document.text, element, attribute, "shared")
    ),
  ];
}

function shareMemoryBacking(
  { text, domain }: DomainDocument,
  devices: XmlElement,
): readonly Edit[] {
  const [backing] = childElements(domain, "memoryBacking");
  if (backing === undefined) {
    return [insertBefore(text, devices, `<memoryBacking>${MEMFD}${SHARED}</memoryBacking>`)];
  }
  const [source] = childElements(backing, "source");
  const [access] = childElements(backing, "access");
  const missing = (source ? "" : MEMFD) + (access ? "" : SHARED);
  return [
    ...(missing === "" ? [] : [appendChild(text, backing, missing)]),
    ...(source?.attributes.type === "anonymous"
      ? [setAttribute(text, source, "type", "memfd")]
      : []),
    ...(access !== undefined && access.attributes.mode !== "shared"
      ? [setAttribute(text, access, "mode", "shared")]
      : []),
  ];
}

/** NUMA cells and memory devices with private access: for their memory it overrides `<memoryBacking>`. */
function privateMemory({ domain }: DomainDocument, devices: XmlElement) {
  const cells = childElements(domain, "cpu")
    .flatMap((cpu) => childElements(cpu, "numa"))
    .flatMap((numa) => childElements(numa, "cell"))
    .map((element) => ({ element, attribute: "memAccess" }));
  const modules = childElements(devices, "memory")
    .map((element) => ({ element, attribute: "access" }));
  return [...cells, ...modules].filter(({ element, attribute }) =>
    element.attributes[attribute] === "private"
  );
}

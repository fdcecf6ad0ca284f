import type { XmlElement } from "@rgrove/parse-xml";
import { InvalidInput } from "../text/invalid_input.ts";
import { escapeXml } from "../text/xml_escape.ts";
import { addressForNewDevice } from "./address.ts";
import { childElements, type DomainDocument, parseDomain } from "./document.ts";
import { appendChild } from "./edits.ts";
import { shareMemory } from "./memory.ts";
import { position } from "./position.ts";
import { type Edit, splice } from "./splice.ts";
import { withoutSurrogates } from "./surrogates.ts";

/** A virtiofs device whose virtiofsd runs in another container of the pod. */
export interface VirtiofsDevice {
  /** The mount tag: what the guest mounts. */
  readonly tag: string;
  /** The unix socket of the virtiofsd, as the compute container sees it. */
  readonly socket: string;
}

/**
 * Adds a virtiofs device to a libvirt domain, and makes the guest's memory shared memory. It is idempotent: a
 * domain that has a virtiofs device with the tag gets no other. All other bytes stay the same, and all other
 * devices keep their addresses.
 *
 * @param xml The domain in UTF-8.
 * @returns The domain in UTF-8.
 * @throws {InvalidInput} if it is too large, not well-formed, not a `<domain>`, or has no `<devices>`.
 */
export function addVirtiofsDevice(xml: Uint8Array, device: VirtiofsDevice): Uint8Array {
  const document = parseDomain(xml);
  const [devices] = childElements(document.domain, "devices");
  if (devices === undefined) {
    throw new InvalidInput(
      `The <domain>${position(document.text, document.domain.start)} has no <devices> element ` +
        "that a filesystem could be added to.",
      "domain",
    );
  }
  const edits: readonly Edit[] = [
    ...shareMemory(document, devices),
    ...addDevice(document, devices, device),
  ];
  return edits.length === 0 ? xml : new TextEncoder().encode(splice(document.text, edits));
}

function addDevice(
  document: DomainDocument,
  devices: XmlElement,
  device: VirtiofsDevice,
): readonly Edit[] {
  const { text } = document;
  const existing = childElements(devices, "filesystem").find((one) => isVirtiofs(one, device.tag));
  if (existing === undefined) {
    const address = addressForNewDevice(document, devices);
    return [appendChild(text, devices, filesystemElement(device, address))];
  }
  // KubeVirt defines a domain twice, to reserve PCI slots for interfaces that are hotplugged later. In between
  // it reads the domain back, and loses the addresses of filesystems, for which its schema has no field
  // (kubevirt/kubevirt pkg/virt-launcher/virtwrap/network/nichotplug.go, WithNetworkIfacesResources).
  const address = hasSocket(existing, device) && childElements(existing, "address").length === 0
    ? addressForNewDevice(document, devices)
    : "";
  return address === "" ? [] : [appendChild(text, existing, address)];
}

function isVirtiofs(filesystem: XmlElement, tag: string): boolean {
  return childElements(filesystem, "driver").some(({ attributes }) =>
    attributes.type === "virtiofs"
  ) &&
    childElements(filesystem, "target").some(({ attributes }) => isSame(attributes.dir, tag));
}

function hasSocket(filesystem: XmlElement, { socket }: VirtiofsDevice): boolean {
  return childElements(filesystem, "source").some(({ attributes }) =>
    isSame(attributes.socket, socket)
  );
}

/**
 * Whether an attribute has a value. Surrogates are replaced in what the document has as characters, but not in
 * what it has as character references, so both sides are compared without them.
 */
function isSame(attribute: string | undefined, value: string): boolean {
  return attribute !== undefined && withoutSurrogates(attribute) === withoutSurrogates(value);
}

/** The same element as KubeVirt writes (kubevirt/kubevirt pkg/virt-launcher/virtwrap/converter/storage/virtiofs.go). */
function filesystemElement({ tag, socket }: VirtiofsDevice, address: string): string {
  return '<filesystem type="mount" accessmode="passthrough">' +
    '<driver type="virtiofs" queue="1024"/>' +
    `<source socket="${escapeXml(socket)}"/>` +
    `<target dir="${escapeXml(tag)}"/>` +
    `${address}</filesystem>`;
}

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

/** A virtiofs device whose virtiofsd runs elsewhere. */
export interface VirtiofsDevice {
  /** The mount tag: what the guest mounts. */
  readonly tag: string;
  /** The unix socket of the virtiofsd, as the compute container sees it. */
  readonly socket: string;
}

/**
 * Adds a virtiofs device to a libvirt domain and makes the guest's memory fit for it. Done twice, it
 * changes nothing the second time: a device is known by its tag. Every byte outside of what is added
 * stays as it was, and so does the address of every other device.
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
  const present = childElements(devices, "filesystem").find((one) => isVirtiofs(one, device.tag));
  if (present === undefined) {
    const address = addressForNewDevice(document, devices);
    return [appendChild(text, devices, filesystemElement(device, address))];
  }
  // KubeVirt defines a domain twice, to reserve places for interfaces to come, and reads it back in between
  // without the addresses of filesystems, which it does not know (pkg/virt-launcher/virtwrap/network/
  // nichotplug.go, WithNetworkIfacesResources).
  const address = isOurs(present, device) && childElements(present, "address").length === 0
    ? addressForNewDevice(document, devices)
    : "";
  return address === "" ? [] : [appendChild(text, present, address)];
}

function isVirtiofs(filesystem: XmlElement, tag: string): boolean {
  return childElements(filesystem, "driver").some(({ attributes }) =>
    attributes.type === "virtiofs"
  ) &&
    childElements(filesystem, "target").some(({ attributes }) => isSame(attributes.dir, tag));
}

function isOurs(filesystem: XmlElement, { socket }: VirtiofsDevice): boolean {
  return childElements(filesystem, "source").some(({ attributes }) =>
    isSame(attributes.socket, socket)
  );
}

/** Whether a value of the document is ours, which may be written as a character or as a reference to one. */
function isSame(value: string | undefined, ours: string): boolean {
  return value !== undefined && withoutSurrogates(value) === withoutSurrogates(ours);
}

/** As KubeVirt writes its own (pkg/virt-launcher/virtwrap/converter/storage/virtiofs.go). */
function filesystemElement({ tag, socket }: VirtiofsDevice, address: string): string {
  return '<filesystem type="mount" accessmode="passthrough">' +
    '<driver type="virtiofs" queue="1024"/>' +
    `<source socket="${escapeXml(socket)}"/>` +
    `<target dir="${escapeXml(tag)}"/>` +
    `${address}</filesystem>`;
}

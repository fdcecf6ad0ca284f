import type { XmlElement } from "@rgrove/parse-xml";
import { InvalidInput } from "../invalid_input.ts";
import { childElements, type DomainDocument, parseDomain } from "./document.ts";
import { appendChild } from "./edits.ts";
import { shareMemory } from "./memory.ts";
import { position } from "./position.ts";
import { type Edit, splice } from "./splice.ts";

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
 * stays as it was.
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
    );
  }
  const edits: readonly Edit[] = [
    ...shareMemory(document, devices),
    ...addDevice(document, devices, device),
  ];
  return edits.length === 0 ? xml : new TextEncoder().encode(splice(document.text, edits));
}

function addDevice(
  { text }: DomainDocument,
  devices: XmlElement,
  device: VirtiofsDevice,
): readonly Edit[] {
  return hasVirtiofsDevice(devices, device.tag)
    ? []
    : [appendChild(text, devices, filesystemElement(device))];
}

function hasVirtiofsDevice(devices: XmlElement, tag: string): boolean {
  return childElements(devices, "filesystem").some((filesystem) =>
    childElements(filesystem, "driver").some(({ attributes }) => attributes.type === "virtiofs") &&
    childElements(filesystem, "target").some(({ attributes }) => attributes.dir === tag)
  );
}

/** As KubeVirt writes its own (pkg/virt-launcher/virtwrap/converter/storage/virtiofs.go). */
function filesystemElement({ tag, socket }: VirtiofsDevice): string {
  return '<filesystem type="mount" accessmode="passthrough">' +
    '<driver type="virtiofs" queue="1024"/>' +
    `<source socket="${escapeAttribute(socket)}"/>` +
    `<target dir="${escapeAttribute(tag)}"/>` +
    "</filesystem>";
}

/** https://www.w3.org/TR/xml/#NT-AttValue, for values without control characters. */
function escapeAttribute(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

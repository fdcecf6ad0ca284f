import type { XmlElement } from "@rgrove/parse-xml";
import { InvalidInput } from "../text/invalid_input.ts";
import { escapeXml } from "../text/xml_escape.ts";
import { addressForNewDevice } from "./address.ts";
import { childElements, type DomainDocument, parseDomain } from "./document.ts";
import { appendChild } from "./edits.ts";
import { shareMemory } from "./memory.ts";
import { addOemStrings, type OemString } from "./oem_strings.ts";
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

/** What is added to a domain. */
export interface DomainAdditions {
  readonly device?: VirtiofsDevice | undefined;
  readonly oemStrings?: readonly OemString[];
}

/** What became of an addition. */
export type Addition =
  | { readonly kind: "not asked" }
  | { readonly kind: "added" }
  /** The domain had it already. */
  | { readonly kind: "present" }
  | { readonly kind: "refused"; readonly reason: string };

/** A domain with what was added to it. */
export interface PatchedDomain {
  /** In UTF-8; the same object if nothing had to change. */
  readonly xml: Uint8Array;
  readonly device: Exclude<Addition, { readonly kind: "refused" }>;
  readonly oemStrings: Addition;
}

/**
 * Adds a virtiofs device to a libvirt domain, with shared memory for the guest, and OEM strings. It is idempotent: a
 * domain that has a virtiofs device with the tag gets no other. All other bytes stay the same, and all other devices
 * keep their addresses.
 *
 * @param xml The domain in UTF-8.
 * @throws {InvalidInput} if it is too large, not well-formed, not a `<domain>`, or has no `<devices>` for the device.
 */
export function patchDomain(
  xml: Uint8Array,
  { device, oemStrings = [] }: DomainAdditions,
): PatchedDomain {
  const document = parseDomain(xml);
  const deviceEdits = device && virtiofsDevice(document, device);
  const stringEdits = oemStrings.length === 0 ? undefined : addOemStrings(document, oemStrings);
  const edits = [
    ...deviceEdits ?? [],
    ...stringEdits?.kind === "edits" ? stringEdits.edits : [],
  ];
  return {
    xml: edits.length === 0 ? xml : new TextEncoder().encode(splice(document.text, edits)),
    device: additionOf(deviceEdits),
    oemStrings: stringEdits?.kind === "refused" ? stringEdits : additionOf(stringEdits?.edits),
  };
}

function additionOf(edits: readonly Edit[] | undefined) {
  if (edits === undefined) return { kind: "not asked" } as const;
  return edits.length === 0 ? { kind: "present" } as const : { kind: "added" } as const;
}

function virtiofsDevice(document: DomainDocument, device: VirtiofsDevice): readonly Edit[] {
  const [devices] = childElements(document.domain, "devices");
  if (devices === undefined) {
    throw new InvalidInput(
      `The <domain>${position(document.text, document.domain.start)} has no <devices> element ` +
        "that a filesystem could be added to.",
      "domain",
    );
  }
  return [...shareMemory(document, devices), ...addDevice(document, devices, device)];
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

import { XmlElement } from "@rgrove/parse-xml";
import { childElements, type DomainDocument } from "./document.ts";

/**
 * Slots of PCI bus 0 for the new device, preferred first. libvirt assigns slots from the lowest up, and reserves
 * 0x1a, 0x1b and 0x1d to 0x1f for the chipset's own devices (libvirt src/qemu/qemu_domain_address.c,
 * qemuDomainValidateDevicePCISlotsQ35).
 */
const PCI_SLOTS = [0x1c, 0x19, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x10];

/** CCW device numbers, preferred first: libvirt assigns them from 0 up (the same file). */
const CCW_NUMBERS = [0xfffe, 0xfffd, 0xfffc, 0xfffb];

/** The bus that virtio devices are on, by the architecture in `<os><type arch="…">`. */
const BUSES: ReadonlyMap<string | undefined, "pci" | "ccw"> = new Map([
  ["x86_64", "pci"],
  ["i686", "pci"],
  ["aarch64", "pci"],
  ["s390x", "ccw"],
]);

/**
 * Chooses an address for a device that is added to a domain, so that all other devices keep theirs. Without it
 * libvirt gives a filesystem the first free address, before network interfaces and disks get theirs: the
 * guest's interface enp1s0 would become enp2s0.
 *
 * @returns The element `<address>`; empty if libvirt has to choose, for another architecture or a full bus.
 */
export function addressForNewDevice({ domain }: DomainDocument, devices: XmlElement): string {
  const [type] = childElements(domain, "os").flatMap((os) => childElements(os, "type"));
  const bus = BUSES.get(type?.attributes.arch);
  const taken = addressesOf(devices).filter((attributes) => attributes.type === bus);
  if (bus === "pci") {
    const onBus0 = taken.filter(({ domain, bus }) => number(domain) === 0 && number(bus) === 0);
    const slot = firstFree(PCI_SLOTS, onBus0.map(({ slot }) => number(slot)));
    return slot === undefined
      ? ""
      : `<address type="pci" domain="0x0000" bus="0x00" slot="${hex(slot)}" function="0x0"/>`;
  }
  if (bus === "ccw") {
    const devno = firstFree(CCW_NUMBERS, taken.map(({ devno }) => number(devno)));
    return devno === undefined
      ? ""
      : `<address type="ccw" cssid="0xfe" ssid="0x0" devno="${hex(devno)}"/>`;
  }
  return "";
}

/** The attributes of the addresses that the devices have. */
function addressesOf(devices: XmlElement): readonly Readonly<Record<string, string>>[] {
  return devices.children.filter((device) => device instanceof XmlElement)
    .flatMap((device) => childElements(device, "address"))
    .map(({ attributes }) => attributes);
}

function firstFree(wanted: readonly number[], taken: readonly number[]): number | undefined {
  return wanted.find((candidate) => !taken.includes(candidate));
}

/** libvirt accepts both `28` and `0x1c`. An attribute that is absent is 0. */
function number(text = "0"): number {
  return Number(text);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

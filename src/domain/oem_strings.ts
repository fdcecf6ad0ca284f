import { XmlElement } from "@rgrove/parse-xml";
import { childElements, type DomainDocument } from "./document.ts";
import { appendChild, insertBefore } from "./edits.ts";
import type { Edit } from "./splice.ts";

/** A string for the SMBIOS of the guest (type 11, OEM strings): ASCII without markup. */
export interface OemString {
  /** Whether it stands before or behind the strings of others. */
  readonly place: "first" | "last";
  /** What every string starts with that sets the same in the guest: there may be only one. */
  readonly sets: readonly string[];
  /** What ours starts with in each release: one that starts otherwise is somebody else's. */
  readonly start: string;
  readonly text: string;
}

/** The edits that add the strings, or why the domain cannot have them. */
export type OemStringEdits =
  | { readonly kind: "edits"; readonly edits: readonly Edit[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Machines with SMBIOS in QEMU. The firmware of aarch64 hands it on only if it is UEFI, as KubeVirt's is. */
const ARCHITECTURES: readonly (string | undefined)[] = ["x86_64", "i686", "aarch64"];

/** The count of strings is one byte: DMTF DSP0134, "OEM Strings (Type 11)". One is kept free. */
const MAX_STRINGS = 254;

/**
 * All strings of a domain. QEMU and SeaBIOS refuse tables of 64 KiB, in which others are too, and libvirt makes one
 * argument of all strings, which Linux limits to 128 KiB (execve(2)).
 */
const MAX_BYTES = 32 * 1024;

/**
 * Adds OEM strings to the SMBIOS of a domain: ours replace ours, and all others stay.
 * `<smbios mode="sysinfo"/>` makes libvirt use them (libvirt docs/formatdomain.rst, "SMBIOS System Information").
 */
export function addOemStrings(
  { text, domain }: DomainDocument,
  strings: readonly OemString[],
): OemStringEdits {
  const [os] = childElements(domain, "os");
  const arch = os && childElements(os, "type")[0]?.attributes.arch;
  if (os === undefined || !ARCHITECTURES.includes(arch)) {
    return refused("the machine of the domain has no SMBIOS");
  }
  if (childElements(domain, "launchSecurity").length > 0) {
    return refused("the guest of a confidential VM ignores what its host tells it so");
  }
  const [smbios] = childElements(os, "smbios");
  if (smbios !== undefined && smbios.attributes.mode !== "sysinfo") {
    return refused("its element <smbios> has another mode than sysinfo");
  }
  const sysinfo = childElements(domain, "sysinfo").find(({ attributes }) =>
    attributes.type === "smbios"
  );
  const [list] = sysinfo === undefined ? [] : childElements(sysinfo, "oemStrings");
  const present = list === undefined ? [] : childElements(list, "entry");
  const others = present.filter((entry) => !strings.some((ours) => isOurs(entry, ours)));
  const problem = problemOf(others.map((entry) => entry.text), strings);
  if (problem !== undefined) return refused(problem);
  const edits: Edit[] = [];
  const missing = strings.filter((ours) => {
    const before = present.find((entry) => isOurs(entry, ours));
    if (before !== undefined && before.text !== ours.text) {
      edits.push({ start: before.start, end: before.end, text: entryElement(ours) });
    }
    return before === undefined;
  });
  if (smbios === undefined) edits.push(appendChild(text, os, '<smbios mode="sysinfo"/>'));
  return {
    kind: "edits",
    edits: [...addEntries(text, { os, sysinfo, list }, missing), ...edits],
  };
}

function refused(reason: string): OemStringEdits {
  return { kind: "refused", reason };
}

function isOurs(entry: XmlElement, { start }: OemString): boolean {
  return entry.text.startsWith(start);
}

function problemOf(others: readonly string[], ours: readonly OemString[]): string | undefined {
  const taken = ours.flatMap(({ sets }) => sets)
    .find((name) => others.some((other) => other.startsWith(name)));
  if (taken !== undefined) {
    return `another hook sidecar or Plugin has added the OEM string ${taken}`;
  }
  const all = [...others, ...ours.map((one) => one.text)];
  if (all.length > MAX_STRINGS) return `it would have more than ${MAX_STRINGS} OEM strings`;
  const bytes = all.reduce((sum, one) => sum + new TextEncoder().encode(one).length + 1, 0);
  return bytes > MAX_BYTES
    ? `all OEM strings would have ${bytes} bytes, and the limit is ${MAX_BYTES}`
    : undefined;
}

/** The elements in which the strings are, as far as the domain has them. */
interface Places {
  readonly os: XmlElement;
  readonly sysinfo: XmlElement | undefined;
  readonly list: XmlElement | undefined;
}

function addEntries(
  text: string,
  { os, sysinfo, list }: Places,
  missing: readonly OemString[],
): readonly Edit[] {
  const entries = (place: OemString["place"]) =>
    missing.filter((one) => one.place === place).map(entryElement).join("");
  const [first, last] = [entries("first"), entries("last")];
  if (sysinfo === undefined) {
    const element = `<sysinfo type="smbios"><oemStrings>${first}${last}</oemStrings></sysinfo>`;
    return [insertBefore(text, os, element)];
  }
  if (list === undefined) {
    return [appendChild(text, sysinfo, `<oemStrings>${first}${last}</oemStrings>`)];
  }
  const sibling = list.children.find((node) => node instanceof XmlElement);
  if (sibling === undefined) return [appendChild(text, list, first + last)];
  return [
    ...first === "" ? [] : [insertBefore(text, sibling, first)],
    ...last === "" ? [] : [appendChild(text, list, last)],
  ];
}

function entryElement({ text }: OemString): string {
  return `<entry>${text}</entry>`;
}

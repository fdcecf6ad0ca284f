/** The device as `virsh dumpxml` shows it, with the address that libvirt has given it. */
const DEVICE =
  / {4}<filesystem type='mount'(?: accessmode='passthrough')?>\n[\s\S]*? {4}<\/filesystem>\n/g;
const TAG = "<target dir='aws-iam-token'/>";

/**
 * Compares what `virsh dumpxml` shows of a domain before and after the sidecar: the difference has to
 * be the device, the memory backing, and memory that is shared.
 *
 * libvirt gives the next free PCI address to our device, and a PCI port with it; a domain without our
 * device has one port less. Both follow from the device, so that they are not counted.
 *
 * @returns a sentence about what else differs, or undefined
 */
export function differenceOf(before: string, after: string): string | undefined {
  const devices = [...after.matchAll(DEVICE)].filter(([text]) => text.includes(TAG));
  if (devices.length !== 1) return `it shows our device ${devices.length} times`;
  if (
    !/<memoryBacking>[\s\S]*<source type='(?:memfd|file)'\/>[\s\S]*<access mode='shared'\/>/.test(
      after,
    )
  ) {
    return "it shows no shared memory";
  }
  if (/(?:memAccess|access)='private'/.test(after)) return "it shows memory that is private";

  const linesBefore = comparable(before);
  const linesAfter = comparable(after.replace(devices[0]?.[0] ?? "", ""));
  for (let index = 0; index < Math.max(linesBefore.length, linesAfter.length); index++) {
    if (linesBefore[index] !== linesAfter[index]) {
      return `line ${index + 1} was ${linesBefore[index]} and is ${linesAfter[index]}`;
    }
  }
  return undefined;
}

/** The lines without what may differ. */
function comparable(dump: string): string[] {
  return dump
    // A PCI port that libvirt itself has added, and the controllers' numbering.
    .replace(
      / {4}<controller type='pci' index='\d+' model='pcie-root-port'>[\s\S]*?<\/controller>\n/g,
      "",
    )
    .replace(/(<controller type='pci' index=)'\d+'/g, "$1'-'")
    .replace(/ {6}<address type='(?:pci|ccw)' .*\n/g, "")
    .replace(/ {2}<memoryBacking>([\s\S]*?) {2}<\/memoryBacking>\n/, (_all, inner: string) => {
      const kept = inner.replace(/ {4}<(?:source type|access mode)='\w+'\/>\n/g, "");
      return kept.trim() === "" ? "" : `  <memoryBacking>\n${kept}  </memoryBacking>\n`;
    })
    .replace(/ (?:memAccess|access)='(?:private|shared)'/g, "")
    .split("\n");
}

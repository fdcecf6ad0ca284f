/** The device as `virsh dumpxml` shows it. */
const DEVICE =
  / {4}<filesystem type='mount'(?: accessmode='passthrough')?>\n[\s\S]*? {4}<\/filesystem>\n/g;
const TAG = "<target dir='aws-iam-token'/>";
const ADDRESS = /^ {6}<address type='(?:pci|ccw)' .*\/>$/m;

/**
 * Compares what `virsh dumpxml` shows of a domain before and after the sidecar: the only difference may be the device
 * with its address, the memory backing, and memory that is shared instead of private.
 *
 * No other address may differ, and no controller: a guest's network interfaces are named after their
 * PCI addresses: an interface that is moved has another name (systemd.net-naming-scheme(7)).
 *
 * @returns a sentence about what else differs, or undefined
 */
export function differenceOf(before: string, after: string): string | undefined {
  const devices = [...after.matchAll(DEVICE)].filter(([text]) => text.includes(TAG));
  const [device = ""] = devices[0] ?? [];
  if (devices.length !== 1) return `it shows our device ${devices.length} times`;
  if (!ADDRESS.test(device)) return "it shows our device without an address";
  if (
    !/<memoryBacking>[\s\S]*<source type='(?:memfd|file)'\/>[\s\S]*<access mode='shared'\/>/.test(
      after,
    )
  ) {
    return "it shows no shared memory";
  }
  const linesBefore = comparable(before);
  const linesAfter = comparable(after.replace(device, ""));
  for (let index = 0; index < Math.max(linesBefore.length, linesAfter.length); index++) {
    if (linesBefore[index] !== linesAfter[index]) {
      return `line ${index + 1} was ${linesBefore[index]} and is ${linesAfter[index]}`;
    }
  }
  return undefined;
}

/** The lines without what the sidecar may change: the source and the access of memory. */
function comparable(dump: string): string[] {
  return dump
    .replace(/ {2}<memoryBacking>([\s\S]*?) {2}<\/memoryBacking>\n/, (_all, inner: string) => {
      const kept = inner.replace(/ {4}<(?:source type|access mode)='\w+'\/>\n/g, "");
      return kept.trim() === "" ? "" : `  <memoryBacking>\n${kept}  </memoryBacking>\n`;
    })
    .replace(/ (memAccess|access)='private'/g, " $1='shared'")
    .split("\n");
}

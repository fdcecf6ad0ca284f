/** The device as `virsh dumpxml` shows it. */
const DEVICE =
  / {4}<filesystem type='mount'(?: accessmode='passthrough')?>\n[\s\S]*? {4}<\/filesystem>\n/g;
const TAG = "<target dir='aws-iam-token'/>";
const ADDRESS = /^ {6}<address type='(?:pci|ccw)' .*\/>$/m;

/** Our OEM strings as `virsh dumpxml` shows them. */
const STRING = new RegExp(
  "^ {6}<entry>(?:eks-irsa-sidecar:gzip|io\\.systemd\\.credential\\.binary:systemd\\." +
    "(?:extra-unit\\.eks-irsa-sidecar\\.service|unit-dropin\\.sysinit\\.target))=" +
    "[A-Za-z0-9+/]+=*</entry>\n",
  "gm",
);
/** Without the one for older releases of systemd, because cloud-init delivers too. */
const STRINGS = 3;

/** The machines of which the sidecar knows that they have SMBIOS, and that their guest reads it. */
function takesStrings(dump: string): boolean {
  return /<type arch='(?:x86_64|aarch64)'/.test(dump) && !dump.includes("<launchSecurity") &&
    !dump.includes("<smbios mode='host'/>");
}

/**
 * Compares what `virsh dumpxml` shows of a domain before and after the sidecar: the only difference may be the device
 * with its address, the memory backing, memory that is shared instead of private, and our OEM strings where the
 * machine can have them.
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
  const strings = after.match(STRING)?.length ?? 0;
  if (strings !== (takesStrings(before) ? STRINGS : 0)) {
    return `it shows ${strings} of our OEM strings`;
  }
  const linesBefore = comparable(before);
  const linesAfter = comparable(withoutStrings(after.replace(device, ""), before));
  for (let index = 0; index < Math.max(linesBefore.length, linesAfter.length); index++) {
    if (linesBefore[index] !== linesAfter[index]) {
      return `line ${index + 1} was ${linesBefore[index]} and is ${linesAfter[index]}`;
    }
  }
  return undefined;
}

/** The dump without our OEM strings, and without the elements that were made for them. */
function withoutStrings(after: string, before: string): string {
  const others = after.replace(STRING, "")
    .replace(/^ {4}<oemStrings>\n {4}<\/oemStrings>\n/m, "")
    .replace(/^ {2}<sysinfo type='smbios'>\n {2}<\/sysinfo>\n/m, "");
  return before.includes("<smbios ") ? others : others.replace(/^ {4}<smbios .*\n/m, "");
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

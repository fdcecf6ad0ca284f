import { gzipSync } from "node:zlib";
import { TMPFILES, TMPFILES_START } from "./tmpfiles.ts";
import { SCRIPT_STRING, UNIT_NAME, UNIT_START, unitText } from "./unit.ts";

/**
 * The OEM strings by which a guest with systemd runs a script early in its boot: systemd takes them for credentials
 * (systemd.system-credentials(7)). 256 and later read the unit and the drop-in that wants it; 252 to 255 read
 * tmpfiles.extra. Before 257 PID 1 reads only the first 4096 bytes of the entry, so the credentials come first. The
 * script, which the unit reads, is no credential.
 *
 * Any user of the host who sees QEMU's arguments or virt-launcher's log can read them.
 *
 * @param script The POSIX shell script. It gets the argument `domain`.
 * @param unlessCloudInitRuns Whether the unit does nothing where cloud-init runs. Then tmpfiles.extra is left out: its
 * rule and its files cost a boot with cloud-init more of PID 1 and udev than the fallback is worth there, and the other
 * credentials cost next to nothing (tests/guest, the boot's processor time).
 */
export function oemStrings(script: string, unlessCloudInitRuns: boolean) {
  return [
    credential(`systemd.extra-unit.${UNIT_NAME}`, UNIT_START, unitText(unlessCloudInitRuns)),
    credential("systemd.unit-dropin.sysinit.target", WANTS, WANTS),
    ...unlessCloudInitRuns ? [] : [credential("tmpfiles.extra", TMPFILES_START, TMPFILES)],
    {
      place: "last" as const,
      sets: [SCRIPT_STRING],
      start: SCRIPT_STRING,
      text: SCRIPT_STRING + gzipSync(script, { level: 9 }).toString("base64"),
    },
  ];
}

const WANTS = `[Unit]\nWants=${UNIT_NAME}\n`;

function credential(name: string, start: string, value: string) {
  const prefix = `io.systemd.credential.binary:${name}=`;
  // Three bytes are four characters of base64, whatever follows.
  const whole = start.slice(0, start.length - start.length % 3);
  return {
    place: "first" as const,
    sets: [prefix, `io.systemd.credential:${name}=`],
    start: prefix + base64(whole),
    text: prefix + base64(value),
  };
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

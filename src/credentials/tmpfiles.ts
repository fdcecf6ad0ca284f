import { UNIT_NAME } from "./unit.ts";

/** A link to /run: systemd-tmpfiles-setup-dev.service, which runs before udev, looks at paths below /dev alone. */
const RUN = "/dev/.eks-irsa-sidecar";
const UNITS = `${RUN}/systemd/system`;

/** What the lines start with in each release. */
export const TMPFILES_START = `L ${RUN} - - - - /run\n`;

/** The device of a virtiofs share: https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html, section 5 */
const SHARE_RULE =
  'ACTION!="remove", SUBSYSTEM=="virtio", ATTR{device}=="0x001a", TAG+="systemd", ' +
  `ENV{SYSTEMD_ALIAS}+="/eks-irsa-sidecar", ENV{SYSTEMD_WANTS}+="${UNIT_NAME}"`;

/**
 * Lines of tmpfiles.d(5) for systemd 252 to 255, which have no credential for units. PID 1 has written the unit's
 * credential to /run, and these lines copy it to where units are looked for. By then PID 1 has read what
 * sysinit.target wants, unless an initrd of dracut with systemd has run them. So others want the unit too: in 252 the
 * mounts of credentials, which PID 1 reads later; in 254 and 255 the device of the share, when udev finds it.
 */
export const TMPFILES = `${TMPFILES_START}${
  [
    `C ${UNITS}/${UNIT_NAME} 0644 - - - /run/credentials/@system/systemd.extra-unit.${UNIT_NAME}`,
    `L ${UNITS}/sysinit.target.wants/${UNIT_NAME} - - - - ../${UNIT_NAME}`,
    `f ${UNITS}/run-credentials-.mount.d/eks-irsa-sidecar.conf - - - - [Unit]\\nWants=${UNIT_NAME}\\n`,
    `f ${RUN}/udev/rules.d/99-eks-irsa-sidecar.rules - - - - ${SHARE_RULE}\\n`,
    "",
  ].join("\n")
}`;

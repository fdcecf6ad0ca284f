/** The unit that runs the script of the OEM strings in the guest. */
export const UNIT_NAME = "eks-irsa-sidecar.service";

/** What the last string starts with: the rest is the script, gzip in base64. */
export const SCRIPT_STRING = "eks-irsa-sidecar:gzip=";

/** What the unit starts with in each release. */
export const UNIT_START = "[Unit]\nDescription=Give this VM the AWS role of its pod\n";

/** The folder of the script, which is boothook.sh's too. */
const FOLDER = "/run/eks-irsa-sidecar";

/**
 * Takes the script out of the raw SMBIOS entries, where each string ends with NUL, and runs it. There is no program
 * that all guests have and that reads one string: dmidecode is a package of its own.
 */
const COMMAND = `mkdir -p ${FOLDER} && ` +
  `sed -zn s/^${SCRIPT_STRING}//p /sys/firmware/dmi/entries/11-*/raw | base64 -di | ` +
  `gzip -d >${FOLDER}/domain.sh && exec /bin/sh ${FOLDER}/domain.sh domain`;

/**
 * The unit as text. It ends before sysinit.target, so that the services of the guest have the variables, and before
 * cloud-init, whose boothook works in the same folder.
 *
 * @param unlessCloudInitRuns Whether cloud-init delivers the role where it runs. Its generator, which PID 1 starts
 * before all units, makes the file of the condition if cloud-init is installed, not disabled, and finds a data source
 * (canonical/cloud-init systemd/cloud-init-generator.tmpl). Then PID 1 starts no process for this unit.
 */
export function unitText(unlessCloudInitRuns: boolean): string {
  return [
    `${UNIT_START}DefaultDependencies=no`,
    "ConditionPathExists=!/etc/initrd-release",
    ...unlessCloudInitRuns ? ["ConditionPathExists=!/run/cloud-init/enabled"] : [],
    "After=local-fs.target systemd-tmpfiles-setup.service",
    "Before=sysinit.target shutdown.target cloud-init-local.service cloud-init.service " +
    "cloud-init-main.service cloud-init-network.service",
    "Conflicts=shutdown.target",
    "[Service]",
    "Type=oneshot",
    "RemainAfterExit=yes",
    "TimeoutStartSec=120",
    "UMask=0077",
    // systemd's own on NixOS is its own folder alone.
    "Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin",
    `ExecStart=/bin/sh -c '${COMMAND}'`,
    "",
  ].join("\n");
}

import { WINDOWS_SCRIPT_NAME } from "./guest.ts";

/**
 * The command of an unattend file that runs the script from the CD of a sysprep volume. KubeVirt puts every key of
 * the volume's ConfigMap or Secret on that CD, whose label is `unattendCD` (kubevirt/kubevirt pkg/config/sysprep.go).
 *
 * As in disk.ps1, only a CD-ROM drive that QEMU made counts: the command may be run as SYSTEM on a machine that has
 * users. `.` runs a script as `&` does, and needs no escape in XML.
 */
export const SYSPREP_COMMAND = "powershell -NoProfile -ExecutionPolicy Bypass -Command " +
  "\"Get-CimInstance Win32_CDROMDrive | Where-Object { $_.VolumeName -eq 'unattendCD' -and " +
  "$_.PNPDeviceID -match '\\\\CDROM.*QEMU' } | " +
  `ForEach-Object { . ($_.Drive + '\\${WINDOWS_SCRIPT_NAME}') }"`;

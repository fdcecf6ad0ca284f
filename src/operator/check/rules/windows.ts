import { WINDOWS_OWN_FOLDER } from "../../../guest/windows/guest.ts";
import { member, stringMember } from "../../../text/json.ts";
import type { CheckContext } from "../check_context.ts";
import { atVmi, disksOf, inOurEntry } from "../places.ts";
import type { Rule } from "../rule.ts";
import { scriptVolume } from "../sysprep_volume.ts";

/** What a Windows guest cannot read, and what its users could take. */
export const WINDOWS_RULES: readonly Rule[] = [
  {
    code: "windows-cloud-init-disk",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "a Windows guest, and the cloud-init volume is no CD-ROM",
    find(context) {
      const cloudInit = isWindows(context) ? context.cloudInit : undefined;
      if (cloudInit === undefined) return [];
      const { index, volumeName } = cloudInit;
      const disks = disksOf(context);
      const place = disks.findIndex((disk) => stringMember(disk, "name") === volumeName);
      if (member(disks[place], "cdrom") !== undefined) return [];
      const path = place < 0
        ? ["spec", "volumes", index]
        : ["spec", "domain", "devices", "disks", place];
      return [atVmi(context, path, {
        what: place < 0
          ? `No disk names the cloud-init volume ${volumeName}, so that KubeVirt makes a disk of it.`
          : `The cloud-init volume ${volumeName} is a disk and no CD-ROM.`,
        why:
          "cloudbase-init reads it all the same, on the first boot. Windows mounts no ISO 9660 of a disk, and the " +
          "script cannot read it: when the role changes, the guest keeps the old one.",
        fix: `In spec.domain.devices.disks write: {name: ${volumeName}, cdrom: {bus: sata}}`,
      })];
    },
  },
  {
    code: "windows-no-cloud",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "a Windows guest, and the cloud-init volume is a NoCloud",
    find(context) {
      const cloudInit = isWindows(context) ? context.cloudInit : undefined;
      if (cloudInit === undefined || cloudInit.source !== "cloudInitNoCloud") return [];
      return [atVmi(context, ["spec", "volumes", cloudInit.index, cloudInit.source], {
        what: `The cloud-init volume ${cloudInit.volumeName} is a NoCloud.`,
        why:
          "NoCloud is not among the metadata services that cloudbase-init looks at unless its configuration names " +
          "it: the guest's user data is then never read.",
        fix:
          "Write cloudInitConfigDrive, or add cloudbaseinit.metadata.services.nocloudservice.NoCloudConfigDriveService " +
          "to metadata_services in the image's cloudbase-init.conf.",
      })];
    },
  },
  {
    code: "windows-mount-path",
    severity: "warning",
    looksAt: "The share",
    summary: "a Windows guest, and `--mount-path` is outside of the script's protected folder",
    find(context) {
      const { options: { mountPath } } = context;
      const isServed = isWindows(context) || scriptVolume(context) !== undefined;
      if (!isServed || mountPath === undefined) return [];
      if (mountPath.toLowerCase().startsWith(`${WINDOWS_OWN_FOLDER}\\`.toLowerCase())) return [];
      return [inOurEntry(context, "args", {
        what: `The flag --mount-path names ${mountPath}.`,
        why:
          "In most folders of Windows every user may make a folder of that name while nothing is mounted, and so " +
          "keep the share from being mounted.",
        fix:
          `Remove the flag: the share is then in ${WINDOWS_OWN_FOLDER}, where only administrators may write.`,
      })];
    },
  },
];

function isWindows({ plan, hookPoints }: CheckContext): boolean {
  return plan.kind === "planned" && plan.guest.os.os === "windows" &&
    hookPoints.has("PreCloudInitIso");
}

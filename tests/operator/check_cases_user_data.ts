import {
  ANNOTATION,
  type Case,
  image,
  noCloudInit,
  s390x,
  spec,
  VOLUMES,
  windows,
} from "./check_case.ts";
import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";
import { all, args, beside, cloudInit, userData } from "./edit.ts";

const VOLUME = `${VOLUMES}[2].cloudInitNoCloud`;
const secret = (data: unknown) =>
  all(
    cloudInit({ secretRef: { name: "s" } }),
    beside({ kind: "Secret", metadata: { name: "s", namespace: "team" }, stringData: data }),
  );

const cdrom = spec((s) => s.domain.devices.disks[1] = { name: "ci", cdrom: { bus: "sata" } });
const configDrive = spec((s) =>
  s.volumes[2] = { name: "ci", cloudInitConfigDrive: { userData: "#ps1_sysnative\n" } }
);
/** A Windows guest that can read its cloud-init disk. */
const windowsVm = all(windows, cdrom, configDrive);

const bootsFrom = (image: string) =>
  spec((s) => s.volumes[0] = { name: "root", containerDisk: { image } });

/** The cloud-init volume and the user data. */
export const USER_DATA_CASES: readonly Case[] = [
  {
    code: "windows-cloud-init-disk",
    fires: all(windowsVm, spec((s) => s.domain.devices.disks.pop())),
    at: `${VOLUMES}[2]`,
    silent: windowsVm,
  },
  {
    code: "windows-no-cloud",
    fires: all(windows, cdrom),
    at: VOLUME,
    silent: windowsVm,
  },
  {
    code: "windows-mount-path",
    fires: all(windowsVm, args("--mount-path", "D:\\a\\token")),
    at: ANNOTATION,
    silent: all(windowsVm, args("--mount-path", "C:\\ProgramData\\eks-irsa-sidecar\\other")),
  },
  {
    code: "sysprep-script-missing",
    fires: all(sysprepVm, unattend({ "unattend.xml": SYSPREP_COMMAND })),
    at: "data",
    silent: all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() })),
  },
  {
    code: "sysprep-script-not-run",
    fires: all(
      sysprepVm,
      unattend({ "Autounattend.xml": "<unattend/>", "eks-irsa-sidecar.ps1": scriptFor() }),
    ),
    at: 'data["Autounattend.xml"]',
    silent: all(
      sysprepVm,
      unattend({ "Autounattend.xml": SYSPREP_COMMAND, "eks-irsa-sidecar.ps1": scriptFor() }),
    ),
  },
  {
    code: "sysprep-script-stale",
    fires: all(
      sysprepVm,
      unattend({ "eks-irsa-sidecar.ps1": scriptFor("arn:aws:iam::111122223333:role/before") }),
    ),
    at: 'data["eks-irsa-sidecar.ps1"]',
    silent: all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() })),
  },
  {
    code: "cloud-init-missing",
    fires: noCloudInit,
    at: VOLUMES,
    silent: all(noCloudInit, args("--hooks", "onDefineDomain")),
  },
  {
    code: "cloud-init-repeated",
    fires: spec((s) => s.volumes.push({ name: "two", cloudInitConfigDrive: { userData: "#!" } })),
    at: `${VOLUMES}[2]`,
    silent: userData("#!/bin/sh\n"),
  },
  {
    code: "secret-without-user-data",
    fires: secret({ "user-data": "#cloud-config" }),
    at: "data",
    silent: secret({ userData: "#cloud-config" }),
  },
  {
    code: "user-data-untouched",
    fires: all(s390x, userData("hostname: no-header\n")),
    at: `${VOLUME}.userData`,
    silent: userData("#!/bin/sh\n"),
  },
  {
    code: "hook-fails",
    fires: all(windows, args("--token-readers", "root")),
    at: ANNOTATION,
    silent: args("--token-readers", "root"),
  },
  {
    code: "static-credentials",
    fires: userData("#!/bin/sh\necho aws_access_key_id=AKIA >~/.aws/credentials\n"),
    at: `${VOLUME}.userData`,
    silent: userData("#!/bin/sh\necho $AWS_ROLE_ARN\n"),
  },
  {
    code: "guest-without-systemd",
    fires: all(
      noCloudInit,
      args("--hooks", "onDefineDomain"),
      image("quay.io/containerdisks/ubuntu:22.04"),
    ),
    at: `${VOLUMES}[0].containerDisk.image`,
    silent: all(
      noCloudInit,
      args("--hooks", "onDefineDomain"),
      image("quay.io/containerdisks/ubuntu:24.04"),
    ),
  },
  {
    code: "mount-path-taken",
    fires: userData('#cloud-config\nmounts:\n- [data, "/aws-iam-token", virtiofs]\n'),
    at: `${VOLUME}.userData`,
    silent: userData(
      "#!/bin/sh\nmount data /mnt/aws-iam-token /aws-iam-token-2\ncat /run/aws-iam-token/token\n",
    ),
  },
  {
    code: "mount-tag-mounted",
    fires: userData("#!/bin/sh\nmount -t virtiofs aws-iam-token /srv\n"),
    at: `${VOLUME}.userData`,
    silent: userData("#!/bin/sh\nmount -t virtiofs aws-iam-token-2 /srv\necho aws-iam-token\n"),
  },
  {
    code: "environment-replaced",
    fires: userData("#cloud-config\nwrite_files:\n- path: /etc/environment\n  content: A=1\n"),
    at: `${VOLUME}.userData`,
    silent: userData(
      "#cloud-config\nwrite_files:\n- path: /etc/environment\n  content: A=1\n  append: true\n",
    ),
  },
  {
    code: "cloud-init-disabled",
    fires: userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    at: `${VOLUME}.userData`,
    silent: userData("#cloud-config\nruncmd:\n  - rm -f /etc/cloud/cloud-init.disabled\n"),
  },
  {
    code: "reader-takes-no-mime",
    fires: bootsFrom("quay.io/kubevirt/cirros-container-disk-demo:latest"),
    at: `${VOLUME}.userData`,
    silent: all(
      bootsFrom("quay.io/kubevirt/cirros-container-disk-demo:latest"),
      args("--os", "linux"),
    ),
  },
  {
    code: "reader-doubtful",
    fires: spec((s) =>
      s.volumes[0] = { name: "root", persistentVolumeClaim: { claimName: "talos-root" } }
    ),
    at: `${VOLUME}.userData`,
    silent: spec((s) =>
      s.volumes[0] = { name: "root", persistentVolumeClaim: { claimName: "vitalos-root" } }
    ),
  },
];

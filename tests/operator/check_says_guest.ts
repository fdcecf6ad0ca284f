import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import { image, metadata, noCloudInit, spec, windows } from "./check_case.ts";
import { bareVmi } from "./check_cases_admission.ts";
import { all, args, beside, cloudInit, userData } from "./edit.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";
import type { Says } from "./check_says.ts";

/** Windows, and the guest that may not be what it is taken for. */
export const GUEST_SAYS: readonly Says[] = [
  // Windows.
  [
    "windows-cloud-init-disk",
    "a cloud-init volume whose second disk is no CD-ROM",
    all(windows, spec((s) => s.domain.devices.disks[1] = { name: "ci", disk: {} })),
    /template\.spec\.domain\.devices\.disks\[1\]: The cloud-init volume ci is a disk and no CD-ROM/,
    /\{name: ci, cdrom: \{bus: sata\}\}/,
  ],
  [
    "windows-cloud-init-disk",
    "a cloud-init volume whose only disk is no CD-ROM",
    all(windows, spec((s) => s.domain.devices.disks = [{ name: "ci", disk: {} }])),
    /disks\[0\]: The cloud-init volume ci is a disk/,
  ],
  [
    "windows-cloud-init-disk",
    "a cloud-init volume without a disk",
    all(windows, spec((s) => s.domain.devices.disks.pop())),
    /volumes\[2\]: No disk names the cloud-init volume ci/,
  ],
  [
    "windows-no-cloud",
    "a NoCloud volume",
    windows,
    /volume ci is a NoCloud/,
    /Write cloudInitConfigDrive, or add cloudbaseinit/,
  ],
  [
    "windows-mount-path",
    "a folder on another drive",
    all(windows, args("--mount-path", "D:\\a\\token")),
    /names D:\\a\\token\./,
    /in C:\\ProgramData\\eks-irsa-sidecar, where/,
  ],
  [
    "windows-mount-path",
    "a folder whose name only begins like the protected one",
    all(windows, args("--mount-path", "C:\\ProgramData\\eks-irsa-sidecar-2\\token")),
    /names C:/,
  ],
  [
    "windows-mount-path",
    "a folder on another drive, and the script of a sysprep volume",
    all(sysprepVm, args("--hooks", "onDefineDomain", "--os", "windows", "--mount-path", "D:\\t")),
    /names D:/,
  ],
  [
    "sysprep-script-missing",
    "an empty ConfigMap, and the sidecar does not change the cloud-init data",
    all(
      windows,
      args("--hooks", "onDefineDomain"),
      spec((s) =>
        s.volumes.push({ name: "sysprep", sysprep: { configMap: { name: "unattend" } } })
      ),
      unattend({}),
    ),
    /has no key eks-irsa-sidecar\.ps1/,
  ],
  [
    "sysprep-script-missing",
    "a ConfigMap with an answer file alone",
    all(sysprepVm, unattend({ "unattend.xml": SYSPREP_COMMAND })),
    /ConfigMap team\/unattend has no key eks-irsa-sidecar\.ps1/,
    /Add what eks-irsa-sidecar sysprep prints/,
  ],
  [
    "sysprep-script-not-run",
    "two answer files without the command, and files of similar names with it",
    all(
      sysprepVm,
      unattend({
        "Autounattend.xml": "<a/>",
        "unattend.xml": "<a/>",
        "my-unattend.xml": SYSPREP_COMMAND,
        "unattend.xml.old": SYSPREP_COMMAND,
        "eks-irsa-sidecar.ps1": scriptFor(),
      }),
    ),
    /unattend runs the script: Autounattend\.xml, unattend\.xml\./,
    /pass specialize what eks-irsa-sidecar sysprep --output command/,
  ],
  [
    "sysprep-script-not-run",
    "an answer file that is no base64",
    all(
      sysprepVm,
      beside({
        kind: "ConfigMap",
        metadata: { name: "unattend", namespace: "team" },
        data: { "eks-irsa-sidecar.ps1": scriptFor() },
        binaryData: { "Autounattend.xml": "no base64" },
      }),
    ),
    /^warning data: No answer file/,
  ],
  [
    "sysprep-script-stale",
    "a script with another role",
    all(
      sysprepVm,
      unattend({ "eks-irsa-sidecar.ps1": scriptFor("arn:aws:iam::111122223333:role/before") }),
    ),
    /ps1 in ConfigMap team\/unattend is not today's: another AWS_ROLE_ARN\./,
    /Replace it .*virtctl restart/,
  ],
  [
    "sysprep-script-stale",
    "a script with another role and another mount tag",
    all(
      sysprepVm,
      args("--hooks", "onDefineDomain", "--mount-tag", "t"),
      unattend({ "eks-irsa-sidecar.ps1": scriptFor("arn:aws:iam::111122223333:role/before") }),
    ),
    /today's: another mountTag, another AWS_ROLE_ARN\./,
  ],
  [
    "sysprep-script-stale",
    "a script without settings",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": "Write-Host 1" })),
    /today's: it holds no settings of the script\./,
  ],
  [
    "sysprep-script-stale",
    "a script with another first line",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": `# older\r\n${scriptFor()}` })),
    /today's: the script of another release\./,
  ],

  // The guest.
  [
    "guest-doubtful",
    "a VirtualMachine with a volume named disk-windows",
    spec((s) => s.volumes[0] = { name: "disk-windows", emptyDisk: {} }),
    /the name disk-windows says Windows/,
    /the args \["--os", "windows"\], or add to the template's labels: kubevirt\.io\/os: windows\./,
  ],
  [
    "guest-doubtful",
    "a volume whose name ends in win",
    spec((s) => s.volumes[0] = { name: "disk-win", emptyDisk: {} }),
    /the name disk-win says Windows/,
  ],
  [
    "guest-doubtful",
    "a VirtualMachineInstance with a volume named disk-windows",
    all(spec((s) => s.volumes[0] = { name: "disk-windows", emptyDisk: {} }), bareVmi),
    /or add to the labels: kubevirt/,
  ],
  [
    "guest-doubtful",
    "hyperv features, and a DataVolume with a file named Fedora",
    all(
      spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
      beside({
        kind: "DataVolume",
        metadata: { name: "d" },
        spec: { source: { http: { url: "https://example.com/Fedora-42.qcow2" } } },
      }),
      spec((s) => Object.assign(s.domain, { features: { hyperv: { relaxed: {} } } })),
    ),
    /the name https:\/\/example\.com\/Fedora-42\.qcow2 says Linux/,
  ],
  [
    "guest-doubtful",
    "hyperv features, and a volume named ubuntu-24",
    all(
      spec((s) => s.volumes[0] = { name: "ubuntu-24", emptyDisk: {} }),
      spec((s) => Object.assign(s.domain, { features: { hyperv: { relaxed: {} } } })),
    ),
    /the name ubuntu-24 says Linux/,
    /"--os", "linux"/,
  ],
  [
    "guest-without-systemd",
    "an image of Alpine",
    all(noCloudInit, args("--hooks", "onDefineDomain"), image("registry.example/alpine:3")),
    /the guest is Alpine/,
    /systemd 256 or later, or/,
  ],
  ...[["stages", "Kairos"], ["k3os", "k3OS"], ["rancher", "RancherOS"], ["coreos", "Flatcar"]].map(
    ([key, guest]) =>
      [
        "reader-doubtful",
        `the key ${key} in the user data`,
        userData(`#cloud-config\nhostname: a\n${key}: 1\n`),
        RegExp(`may be .*${guest}.*: the user data has a key`, "i"),
        /add vm\.kubevirt\.io\/os/,
      ] as const,
  ),
  ...["https://example.com/talos.raw", "docker://example.com/talos"].map((url) =>
    [
      "reader-doubtful",
      `a DataVolume from ${url}`,
      all(
        spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
        beside({
          kind: "DataVolume",
          metadata: { name: "d" },
          spec: { source: { http: { url } } },
        }),
      ),
      /may be Talos: a name is \S*example\.com/,
      /give the sidecar the args \["--os", "linux"\], which .* add vm\.kubevirt\.io\/os with its name/,
    ] as const
  ),
  [
    "reader-doubtful",
    "a volume named talos",
    spec((s) => s.volumes[0] = { name: "talos", containerDisk: { image: "x:1" } }),
    /a name is talos/,
  ],
  [
    "reader-doubtful",
    "an image of Alpine",
    image("registry.example/alpine:3"),
    /may be Alpine/,
    /args \["--hooks", "onDefineDomain"\]: the domain then/,
  ],
  [
    "reader-takes-no-mime",
    "a guest with Talos, whose user data is in a Secret",
    all(
      metadata("annotations", "vm.kubevirt.io/os", "talos"),
      cloudInit({ secretRef: { name: "s" } }),
    ),
    /volumes\[2\]\.cloudInitNoCloud: The sidecar adds nothing/,
  ],
  [
    "reader-takes-no-mime",
    "a guest with Kairos, whose systemd may read the role from the domain",
    image("quay.io/kairos/ubuntu:24.04"),
    /^(?!.*Because it is empty).*The role goes by the domain alone/,
    /systemd 256 or later, .* "args": \["--hooks", "onDefineDomain"\]$/,
  ],
];

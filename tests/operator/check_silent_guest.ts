import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import { image, metadata, noCloudInit, spec, windows } from "./check_case.ts";
import { noAccounts } from "./check_edits.ts";
import { all, args, beside, userData } from "./edit.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";
import type { Silent } from "./check_silent.ts";

/** Windows, and the guest that may not be what it is taken for. */
export const GUEST_SILENT: readonly Silent[] = [
  // Windows.
  [
    "windows-cloud-init-disk",
    "a Linux guest whose cloud-init volume has no disk",
    spec((s) => s.domain.devices.disks.pop()),
  ],
  [
    "windows-cloud-init-disk",
    "a Windows guest, and the sidecar does not change the cloud-init data",
    all(windows, args("--hooks", "onDefineDomain")),
  ],
  [
    "windows-no-cloud",
    "a Windows guest, and the sidecar does not change the cloud-init data",
    all(windows, args("--hooks", "onDefineDomain")),
  ],
  ["windows-mount-path", "a Linux guest", args("--mount-path", "/srv/token")],
  [
    "windows-mount-path",
    "the protected folder in another case of letters",
    all(windows, args("--mount-path", "c:\\programdata\\EKS-irsa-sidecar\\token")),
  ],
  [
    "sysprep-script-missing",
    "a ConfigMap without the script, and a cloud-init volume that gives the role",
    all(
      windows,
      spec((s) =>
        s.volumes.push({ name: "sysprep", sysprep: { configMap: { name: "unattend" } } })
      ),
      unattend({}),
    ),
  ],
  ["sysprep-script-missing", "a ConfigMap that was not given", sysprepVm],
  [
    "sysprep-script-not-run",
    "two answer files, of which the second runs the script",
    all(
      sysprepVm,
      unattend({
        "Autounattend.xml": "<a/>",
        "unattend.xml": SYSPREP_COMMAND,
        "eks-irsa-sidecar.ps1": scriptFor(),
      }),
    ),
  ],
  [
    "sysprep-script-not-run",
    "an answer file that runs nothing, and no script",
    all(sysprepVm, unattend({ "unattend.xml": "<a/>" })),
  ],
  [
    "sysprep-script-not-run",
    "a script, and no answer file",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() })),
  ],
  [
    "sysprep-script-stale",
    "a script with a role, and no service account given",
    all(noAccounts, sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() })),
  ],
  [
    "sysprep-script-stale",
    "a script after an empty line",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": `\n${scriptFor()}` })),
  ],
  [
    "sysprep-script-stale",
    "a script with another region, which no manifest names",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor(undefined, "ap-south-1") })),
  ],
  [
    "sysprep-script-stale",
    "a script whose lines end with CR LF",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor().replaceAll("\n", "\r\n") })),
  ],

  // The guest.
  [
    "guest-doubtful",
    "a volume named windows, and the annotation vm.kubevirt.io/os says fedora",
    all(
      metadata("annotations", "vm.kubevirt.io/os", "fedora"),
      spec((s) => s.volumes[0] = { name: "windows", emptyDisk: {} }),
    ),
  ],
  [
    "guest-doubtful",
    "hyperv features, and user data for Windows",
    all(
      spec((s) => s.volumes[0] = { name: "root", emptyDisk: {} }),
      userData("#ps1_sysnative\n"),
      spec((s) => Object.assign(s.domain, { features: { hyperv: { relaxed: {} } } })),
    ),
  ],
  [
    "guest-without-systemd",
    "a guest with Alpine that gets its role by the user data",
    image("registry.example/alpine:3"),
  ],
  [
    "guest-without-systemd",
    "a guest with Alpine, and args that are not valid",
    all(image("registry.example/alpine:3"), args("--os", "x")),
  ],
  [
    "reader-doubtful",
    "a guest with Alpine and no cloud-init volume",
    all(noCloudInit, image("registry.example/alpine:3")),
  ],
  [
    "reader-doubtful",
    "a guest with Alpine, and the sidecar does not change the cloud-init data",
    all(image("registry.example/alpine:3"), args("--hooks", "onDefineDomain")),
  ],
  [
    "reader-takes-no-mime",
    "a guest with Kairos, and the sidecar does not change the cloud-init data",
    all(image("quay.io/kairos/ubuntu:24.04"), args("--hooks", "onDefineDomain")),
  ],
  [
    "reader-doubtful",
    "a Windows guest in a VM named talos-1",
    all(windows, ({ vm }) => vm.metadata.name = "talos-1"),
  ],
  ...["stages", "k3os", "rancher", "coreos"].map((key) =>
    [
      "reader-doubtful",
      `the key my-${key} in the user data`,
      userData(`#cloud-config\nmy-${key}: 1\n`),
    ] as const
  ),
  [
    "reader-doubtful",
    "a DataVolume of another name with the image of Talos",
    all(
      spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
      beside({
        kind: "DataVolume",
        metadata: { name: "other" },
        spec: { source: { http: { url: "https://example.com/talos" } } },
      }),
    ),
  ],
  [
    "reader-doubtful",
    "an object of another kind with the DataVolume's name and the image of Talos",
    all(
      spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
      beside({
        kind: "DataImportCron",
        metadata: { name: "d" },
        spec: { source: { http: { url: "https://example.com/talos" } } },
      }),
    ),
  ],
];

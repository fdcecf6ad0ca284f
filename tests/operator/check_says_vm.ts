import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import {
  dedicated,
  image,
  kubevirt,
  masquerade,
  metadata,
  noCloudInit,
  podIdentity,
  podIdentityTrust,
  podNetwork,
  spec,
  webhook,
  windows,
} from "./check_case.ts";
import { bareVmi, labelled } from "./check_cases_admission.ts";
import {
  associated,
  identityWebhook,
  KUBERNETES_FOLDER,
  noAccounts,
  TOKEN_FOLDER,
  virtApi,
} from "./check_edits.ts";
import { all, args, beside, cloudInit, containerPath, userData } from "./edit.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";
import type { Says } from "./check_says.ts";

/** The share, EKS Pod Identity and the guest. */
export const VM_SAYS: readonly Says[] = [
  // The share.
  [
    "virtiofs-filesystem-missing",
    spec((s) => s.domain.devices.filesystems = []),
    /\{name: VOLUME, virtiofs: \{\}\}/,
  ],
  [
    "webhook-missing",
    all(identityWebhook({})),
    /among the webhooks given: pod-identity-webhook\./,
    /cannot connect to \/var\/run\/kubevirt/,
    /Install it, add its manifest/,
  ],
  [
    "webhook-missing",
    all(noAccounts, identityWebhook({}), virtApi),
    /given: pod-identity-webhook, virt-api-mutator\./,
  ],
  [
    "webhook-missing",
    webhook("team"),
    /^error webhooks: /,
    /excludes the namespace team\./,
    /in its namespaceSelector/,
  ],
  [
    "filesystem-without-volume",
    spec((s) => s.domain.devices.filesystems.push({ name: "lost", virtiofs: {} })),
    /The filesystem lost has/,
    /Add the volume lost to/,
  ],
  [
    "mount-path-readable",
    args("--token-readers", "group:app", "--mount-path", "/srv/token"),
    /share at \/srv\/token,/,
    /mounted at \/root|mounted at \/run|mounted at \/\S+, where only root may enter/,
  ],
  [
    "mount-path-readable",
    args("--token-readers", "root", "--mount-path", "/rooted/token"),
    /share at \/rooted\/token,/,
  ],
  [
    "container-path-writable",
    containerPath("token", { path: "/srv", readOnly: false }),
    /volume token says/,
  ],
  [
    "container-path-unmounted",
    containerPath("token", { path: "/run/secrets/eks.amazonaws.com/serviceaccount" }),
    /^error/,
    RegExp(`EKS's webhook mounts ${TOKEN_FOLDER}`),
    RegExp(`Write path: ${TOKEN_FOLDER} `),
  ],
  [
    "container-path-unmounted",
    containerPath("token", { path: "/opt/nowhere" }),
    /^warning/,
    /volume token shares \/opt\/nowhere,/,
    /or remove the volume/,
  ],
  [
    "container-path-elsewhere",
    containerPath("token", { path: KUBERNETES_FOLDER }),
    RegExp(`volume token shares ${KUBERNETES_FOLDER},`),
    RegExp(`Write path: ${TOKEN_FOLDER} `),
  ],
  ["container-path-name", containerPath("aws-iam-token"), /has the name aws-iam-token,/],
  [
    "container-path-other-kind",
    all(associated, containerPath("irsa")),
    /folder of IRSA, and the VM is made for EKS Pod Identity/,
    /role by IRSA, write the value "true" into the label eks-irsa-sidecar/,
  ],
  [
    "container-path-other-kind",
    all(associated, containerPath("irsa", { path: `${TOKEN_FOLDER}//` })),
    /role by IRSA/,
  ],
  [
    "container-path-other-kind",
    all(labelled("true"), podIdentity),
    /folder of EKS Pod Identity, and the VM is made for IRSA/,
    /write the value "pod-identity" into/,
  ],

  // EKS Pod Identity.
  [
    "pod-identity-network",
    labelled("pod-identity"),
    /^warning/,
    /Agent: it names no network/,
    /the network \{name: default, pod: \{\}\} .*: \| \{name: default, masquerade: \{\}\}$/,
  ],
  [
    "pod-identity-network",
    all(
      labelled("pod-identity"),
      podNetwork({ bridge: {} }),
      kubevirt((kv) => {
        Object.assign(kv.spec.configuration, {
          network: { defaultNetworkInterface: "masquerade" },
        });
      }),
    ),
    /^warning/,
    /is a bridge/,
  ],
  [
    "pod-identity-network",
    all(labelled("pod-identity"), ({ kubevirt }) => kubevirt.kind = ""),
    /^warning/,
  ],
  [
    "pod-identity-trust",
    all(associated, beside(podIdentityTrust())),
    /does not allow sts:AssumeRole and sts:TagSession to pods/,
    /examples\/pod-identity-trust-policy\.json/,
  ],
  [
    "pod-identity-trust",
    all(associated, beside(podIdentityTrust()), beside(podIdentityTrust())),
    /does not allow/,
  ],
  [
    "pod-identity-irsa-webhook",
    all(podIdentity, masquerade, webhook()),
    /ServiceAccount team\/app has the role of IRSA/,
    /Remove the annotation/,
  ],
  [
    "pod-identity-packages",
    all(podIdentity, masquerade, image("quay.io/containerdisks/debian:12")),
    /The guest is Debian 12/,
    /installer or with pip/,
  ],

  // Windows.
  [
    "sysprep-script-missing",
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
    "windows-cloud-init-disk",
    all(windows, spec((s) => s.domain.devices.disks[1] = { name: "ci", disk: {} })),
    /template\.spec\.domain\.devices\.disks\[1\]: The cloud-init volume ci is a disk and no CD-ROM/,
    /\{name: ci, cdrom: \{bus: sata\}\}/,
  ],
  [
    "windows-cloud-init-disk",
    all(windows, spec((s) => s.domain.devices.disks = [{ name: "ci", disk: {} }])),
    /disks\[0\]: The cloud-init volume ci is a disk/,
  ],
  [
    "windows-cloud-init-disk",
    all(windows, spec((s) => s.domain.devices.disks.pop())),
    /volumes\[2\]: No disk names the cloud-init volume ci/,
  ],
  [
    "windows-no-cloud",
    windows,
    /volume ci is a NoCloud/,
    /Write cloudInitConfigDrive, or add cloudbaseinit/,
  ],
  [
    "windows-mount-path",
    all(windows, args("--mount-path", "D:\\a\\token")),
    /names D:\\a\\token\./,
    /in C:\\ProgramData\\eks-irsa-sidecar, where/,
  ],
  [
    "windows-mount-path",
    all(windows, args("--mount-path", "C:\\ProgramData\\eks-irsa-sidecar-2\\token")),
    /names C:/,
  ],
  [
    "windows-mount-path",
    all(sysprepVm, args("--hooks", "onDefineDomain", "--os", "windows", "--mount-path", "D:\\t")),
    /names D:/,
  ],
  [
    "sysprep-script-missing",
    all(sysprepVm, unattend({ "unattend.xml": SYSPREP_COMMAND })),
    /ConfigMap team\/unattend has no key eks-irsa-sidecar\.ps1/,
    /Add what eks-irsa-sidecar sysprep prints/,
  ],
  [
    "sysprep-script-not-run",
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
    "sysprep-script-stale",
    all(
      sysprepVm,
      unattend({ "eks-irsa-sidecar.ps1": scriptFor("arn:aws:iam::111122223333:role/before") }),
    ),
    /ps1 in ConfigMap team\/unattend is not today's: another AWS_ROLE_ARN\./,
    /Replace it .*virtctl restart/,
  ],
  [
    "sysprep-script-not-run",
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
    all(
      sysprepVm,
      args("--hooks", "onDefineDomain", "--mount-tag", "t"),
      unattend({ "eks-irsa-sidecar.ps1": scriptFor("arn:aws:iam::111122223333:role/before") }),
    ),
    /today's: another mountTag, another AWS_ROLE_ARN\./,
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": "Write-Host 1" })),
    /today's: it holds no settings of the script\./,
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": `# older\r\n${scriptFor()}` })),
    /today's: the script of another release\./,
  ],

  // The guest.
  ...["nodeSelector", "matchLabels"].map((key) =>
    [
      "text-expected",
      spec((s) => Object.assign(s, { [key]: { disk: 1 } })),
      RegExp(`${key}\\.disk is the number 1,`),
    ] as const
  ),
  [
    "guest-doubtful",
    spec((s) => s.volumes[0] = { name: "disk-windows", emptyDisk: {} }),
    /the name disk-windows says Windows/,
    /the args \["--os", "windows"\], or add to the template's labels: kubevirt\.io\/os: windows\./,
  ],
  [
    "guest-doubtful",
    all(spec((s) => s.volumes[0] = { name: "disk-windows", emptyDisk: {} }), bareVmi),
    /or add to the labels: kubevirt/,
  ],
  [
    "guest-doubtful",
    all(
      spec((s) => s.volumes[0] = { name: "ubuntu-24", emptyDisk: {} }),
      spec((s) => Object.assign(s.domain, { features: { hyperv: { relaxed: {} } } })),
    ),
    /the name ubuntu-24 says Linux/,
    /"--os", "linux"/,
  ],
  [
    "reader-takes-no-mime",
    all(
      metadata("annotations", "vm.kubevirt.io/os", "talos"),
      cloudInit({ secretRef: { name: "s" } }),
    ),
    /volumes\[2\]\.cloudInitNoCloud: The sidecar adds nothing/,
  ],
  ...[["stages", "Kairos"], ["k3os", "k3OS"], ["rancher", "RancherOS"], ["coreos", "Flatcar"]].map(
    ([key, guest]) =>
      [
        "reader-doubtful",
        userData(`#cloud-config\nhostname: a\n${key}: 1\n`),
        RegExp(`may be .*${guest}.*: the user data has a key`, "i"),
        /add vm\.kubevirt\.io\/os/,
      ] as const,
  ),
  ...["https://example.com/talos.raw", "docker://example.com/talos"].map((url) =>
    [
      "reader-doubtful",
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
    spec((s) => s.volumes[0] = { name: "talos", containerDisk: { image: "x:1" } }),
    /a name is talos/,
  ],
  [
    "reader-doubtful",
    image("registry.example/alpine:3"),
    /may be Alpine/,
    /args \["--hooks", "onDefineDomain"\]: the domain then/,
  ],
  [
    "guest-without-systemd",
    all(noCloudInit, args("--hooks", "onDefineDomain"), image("registry.example/alpine:3")),
    /the guest is Alpine/,
    /systemd 256 or later, or/,
  ],
  [
    "guaranteed-with-webhook",
    dedicated,
    /webhook shares the token/,
    /Share the token with a containerPath volume .*or make the webhook's requests equal/,
  ],
  [
    "guaranteed-with-webhook",
    all(dedicated, containerPath(), webhook()),
    /webhook adds its container/,
    /Exclude the VM's namespace .*or make/,
  ],
  ["metadata-name", ({ vm }) => vm.metadata.name = 1234, /Put the name in quotes/],
  [
    "text-expected",
    metadata("labels", "environment", false),
    /labels\.environment is the boolean false,/,
    /Put the value in quotes/,
  ],
  [
    "repeated-key",
    all(metadata("labels", "os", "linux"), metadata("labels", "again:os", "other")),
    /labels\.os is there more than once/,
    /Remove all but one/,
  ],
];

import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import { linuxGuest } from "../../src/guest/linux/guest.ts";
import {
  dedicated,
  gates,
  image,
  kubevirt,
  metadata,
  noCloudInit,
  OURS,
  podIdentityTrust,
  resources,
  role,
  s390x,
  spec,
  version,
  webhook,
  windows,
} from "./check_case.ts";
import {
  bareVmi,
  byAnnotation,
  byVolume,
  deployed,
  labelled,
  listed,
  namespace,
  optedIn,
  POLICY,
  roleInConfigMap,
  unlabelled,
} from "./check_cases_admission.ts";
import {
  associated,
  bindings,
  changedPolicy,
  defaultAccount,
  identityWebhook,
  irsaWebhook,
  KUBERNETES_FOLDER,
  noAccounts,
  plugin,
  TOKEN_FOLDER,
  virtApi,
  without,
  withoutFilesystem,
} from "./check_edits.ts";
import {
  all,
  annotation,
  args,
  beside,
  cloudInit,
  containerPath,
  type Edit,
  sidecars,
  userData,
} from "./edit.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";

/** A rule, and a VM in which it finds nothing, though something is like what it looks for. */
export const SILENT: readonly (readonly [string, Edit])[] = [
  ["guest-without-systemd", image("registry.example/alpine:3")],
  ["guest-without-systemd", all(image("registry.example/alpine:3"), args("--os", "x"))],
  ["text-expected", metadata("labels", "environment", null)],
  ["reader-doubtful", all(noCloudInit, image("registry.example/alpine:3"))],
  ["reader-doubtful", all(image("registry.example/alpine:3"), args("--hooks", "onDefineDomain"))],
  ["reader-doubtful", all(windows, ({ vm }) => vm.metadata.name = "talos-1")],
  [
    "guest-doubtful",
    all(
      metadata("annotations", "vm.kubevirt.io/os", "fedora"),
      spec((s) => s.volumes[0] = { name: "windows", emptyDisk: {} }),
    ),
  ],
  [
    "guest-doubtful",
    all(
      spec((s) => s.volumes[0] = { name: "root", emptyDisk: {} }),
      userData("#ps1_sysnative\n"),
      spec((s) => Object.assign(s.domain, { features: { hyperv: { relaxed: {} } } })),
    ),
  ],
  [
    "sysprep-script-stale",
    all(noAccounts, sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() })),
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": `\n${scriptFor()}` })),
  ],
  [
    "sysprep-script-not-run",
    all(
      sysprepVm,
      unattend({
        "Autounattend.xml": "<a/>",
        "unattend.xml": SYSPREP_COMMAND,
        "eks-irsa-sidecar.ps1": scriptFor(),
      }),
    ),
  ],
  ...['a"b",hook-sidecar-0', '"a"b,hook-sidecar-0'].map((names) =>
    [
      "webhook-skips-container",
      metadata("annotations", "eks.amazonaws.com/skip-containers", names),
    ] as const
  ),
  [
    "webhook-skips-container",
    all(
      annotation("{}"),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-1"),
    ),
  ],
  ...["stages", "k3os", "rancher", "coreos"].map((key) =>
    ["reader-doubtful", userData(`#cloud-config\nmy-${key}: 1\n`)] as const
  ),
  ["hooks-without-cloud-init", args("--os", "x")],
  ["hooks-without-cloud-init", sysprepVm],
  [
    "hooks-without-cloud-init",
    all(image("registry.example/alpine:3"), args("--hooks", "onDefineDomain")),
  ],
  ["hooks-without-cloud-init", s390x],
  ...[
    { "kubevirt.io": "virt-launcher" },
    { "kubevirt.io/created-by": "a" },
    { "vm.kubevirt.io/name": "vm" },
    { team: "x" },
  ].map((matchLabels) =>
    [
      "identity-webhook-missing",
      all(metadata("labels", "team", "x"), identityWebhook({ objectSelector: { matchLabels } })),
    ] as const
  ),
  [
    "identity-webhook-missing",
    all(
      virtApi,
      beside({
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "any" },
        webhooks: [{}, { name: "pod-identity-webhook.amazonaws.com" }],
      }),
    ),
  ],
  [
    "sysprep-script-missing",
    all(
      windows,
      spec((s) =>
        s.volumes.push({ name: "sysprep", sysprep: { configMap: { name: "unattend" } } })
      ),
      unattend({}),
    ),
  ],
  [
    "guaranteed-with-webhook",
    all(dedicated, containerPath(), irsaWebhook("any", [{ name: "any" }])),
  ],
  [
    "guaranteed-with-webhook",
    all(dedicated, containerPath(), irsaWebhook("irsa-mutation-webhook", [{}], "Other")),
  ],
  [
    "mount-path-readable",
    args("--token-readers", "root", "--mount-path", linuxGuest.defaultMountPath("root")),
  ],
  ["inject-opted-out", listed("false")],
  ["inject-without-owner", all(unlabelled, sidecars(OURS), bareVmi, namespace("true"))],
  ["inject-misplaced", all(optedIn, bareVmi)],
  ["inject-name-taken", all(optedIn, annotation("{}"))],
  ["inject-role-unseen", all(role(undefined), roleInConfigMap)],
  ["inject-role-unseen", all(associated, roleInConfigMap)],
  ["admission-binding-missing", bindings("none")],
  ["admission-policy-changed", changedPolicy],
  ["admission-overlay", all(deployed(POLICY), version("v1.8.2"))],
  ["admission-overlay", all(optedIn, deployed(POLICY, byVolume), version("v1.9-vendor"))],
  ["admission-overlay", all(optedIn, deployed(POLICY), version("v1.9-vendor"))],
  ["sidecar-missing", annotation("")],
  [
    "sidecar-missing",
    all(({ vm }) => vm.metadata.annotations = vm.spec.template.metadata.annotations, without),
  ],
  ["identity-webhook-missing", all(virtApi, role(undefined))],
  ["webhook-volume-taken", spec((s) => s.volumes.push({ name: "aws-iam-token", emptyDisk: {} }))],
  [
    "webhook-volume-taken",
    all(role(undefined), spec((s) => s.volumes.push({ name: "aws-iam-token", secret: {} }))),
  ],
  [
    "webhook-skips-container",
    metadata("annotations", "eks.amazonaws.com/skip-containers", "proxy\nhook-sidecar-0"),
  ],
  [
    "webhook-skips-container",
    all(
      role(undefined),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-0"),
    ),
  ],
  [
    "webhook-skips-container",
    all(
      annotation("{}"),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-0"),
    ),
  ],
  [
    "webhook-skips-pod",
    all(
      identityWebhook({}),
      metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "x"),
    ),
  ],
  ["service-account-field", spec((s) => s.serviceAccountName = "app")],
  ["service-account-field", all(version("v1.8-vendor"), optedIn)],
  ["service-account-field", all(version("v1.8.1"), deployed(POLICY), byAnnotation)],
  ["service-account-unknown", noAccounts],
  ["service-account-unknown", defaultAccount],
  ["role-arn-missing", noAccounts],
  ["role-arn-malformed", all(associated, role("two words"))],
  ["role-name-only", all(associated, role("report-writer"))],
  ["virtiofs-filesystem-missing", containerPath()],
  ["mount-path-readable", args("--mount-path", "/srv/token")],
  ["mount-path-readable", args("--token-readers", "root")],
  ["container-path-unmounted", withoutFilesystem("/opt/nowhere")],
  ["container-path-other-kind", all(associated, withoutFilesystem(TOKEN_FOLDER))],
  [
    "container-path-elsewhere",
    all(containerPath(), containerPath("k", { path: KUBERNETES_FOLDER })),
  ],
  ["container-path-elsewhere", containerPath("token", { path: `${TOKEN_FOLDER}//` })],
  ["container-path-elsewhere", withoutFilesystem(TOKEN_FOLDER)],
  ["container-path-elsewhere", withoutFilesystem(`${TOKEN_FOLDER}//`)],
  ["container-path-name", all(containerPath("aws-iam-token", { path: "/opt/nowhere" }))],
  ["gate-container-path", all(containerPath(), gates("Sidecar"), version("v1.7.1"))],
  ["gate-plugins", all(gates("Plugins"), args("--hooks", "preCloudInitIso"))],
  ["gate-plugins", all(gates("Plugins"), plugin("zz-eks-irsa-sidecar-device-address"))],
  ["kubevirt-too-old", version("v1.7.1")],
  ["sidecar-memory", kubevirt(() => {})],
  ["sidecar-memory", resources("much")],
  [
    "other-sidecar",
    all(
      args("--hooks", "onDefineDomain"),
      sidecars({ ...OURS, args: ["--hooks", "onDefineDomain"] }, { image: "a:1" }),
    ),
  ],
  ["other-sidecar", sidecars({ image: "a:1" })],
  ["hooks-without-domain", all(containerPath(), args("--hooks", "preCloudInitIso"))],
  ["hooks-without-cloud-init", args("--delivery", "domain")],
  ["guaranteed-with-webhook", webhook()],
  ["guaranteed-with-webhook", all(dedicated, containerPath())],
  ["guaranteed-with-webhook", all(dedicated, containerPath(), webhook(), role(undefined))],
  ["pod-identity-trust", all(optedIn, beside(podIdentityTrust()))],
  ["pod-identity-irsa-webhook", all(associated, webhook(), roleInConfigMap)],
  ["pod-identity-irsa-webhook", all(optedIn, webhook())],
  [
    "pod-identity-network",
    all(
      labelled("pod-identity"),
      kubevirt((kv) => {
        Object.assign(kv.spec.configuration, {
          network: { defaultNetworkInterface: "masquerade" },
        });
      }),
    ),
  ],
  ["secret-without-user-data", cloudInit({ secretRef: { name: "s" } })],
  ["user-data-untouched", all(s390x, args("--hooks", "onDefineDomain"), userData("no format"))],
  ["static-credentials", userData("#!/bin/sh\nexport MY_AWS_PROFILE_NAME=a\n")],
  [
    "cloud-init-disabled",
    all(
      args("--hooks", "onDefineDomain"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
  ],
  [
    "cloud-init-disabled",
    all(windows, userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n")),
  ],
  [
    "cloud-init-disabled",
    all(
      image("quay.io/kairos/ubuntu:24.04"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
  ],
  ["cloud-init-missing", all(noCloudInit, args("--hooks", "onDefineDomain"))],
  [
    "mount-path-taken",
    all(args("--hooks", "onDefineDomain"), userData("#!/bin/sh\nls /aws-iam-token\n")),
  ],
  ["mount-tag-mounted", all(windows, userData("#ps1\nmount -t virtiofs aws-iam-token\n"))],
  ["mount-tag-mounted", userData("#!/bin/sh\necho virtiofs\nmount aws-iam-token /srv\n")],
  ["environment-replaced", all(windows, userData("#ps1\necho 1 >/etc/environment\n"))],
  ["windows-cloud-init-disk", spec((s) => s.domain.devices.disks.pop())],
  ["windows-cloud-init-disk", all(windows, args("--hooks", "onDefineDomain"))],
  ["windows-no-cloud", all(windows, args("--hooks", "onDefineDomain"))],
  ["windows-mount-path", args("--mount-path", "/srv/token")],
  [
    "windows-mount-path",
    all(windows, args("--mount-path", "c:\\programdata\\EKS-irsa-sidecar\\token")),
  ],
  ["sysprep-script-missing", sysprepVm],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor(undefined, "ap-south-1") })),
  ],
  [
    "sysprep-script-stale",
    all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor().replaceAll("\n", "\r\n") })),
  ],
  ["sysprep-script-not-run", all(sysprepVm, unattend({ "unattend.xml": "<a/>" }))],
  ["sysprep-script-not-run", all(sysprepVm, unattend({ "eks-irsa-sidecar.ps1": scriptFor() }))],
  ["metadata-name", ({ vm }) => delete vm.metadata.name],
  [
    "reader-doubtful",
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

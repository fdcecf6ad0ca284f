import { noCloudInit, OURS, s390x, SHIM } from "./check_case.ts";
import { bareVmi } from "./check_cases_admission.ts";
import { misspelt, without } from "./check_edits.ts";
import { all, annotation, args, sidecars } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The annotation with the sidecars, and their args. */
export const SIDECAR_SAYS: readonly Says[] = [
  // The annotation.
  [
    "sidecar-missing",
    "a VirtualMachine without annotations",
    without,
    /spec\.template\.metadata: .* no annotation hooks\.kubevirt\.io\/hookSidecars\. \|/,
    /give its template the label .*inject: "true"/,
    /add to spec\.template\.metadata\.annotations: \| .*'\[\{"image": "[^"]+"\}\]'$/,
  ],
  [
    "sidecar-missing",
    "a VM without a cloud-init volume",
    all(without, noCloudInit),
    /"args": \["--hooks", "onDefineDomain"\]\}\]'$/,
  ],
  [
    "sidecar-missing",
    "a machine without SMBIOS and without a cloud-init volume",
    all(s390x, without, noCloudInit),
    /'\[\{"image": "[^"]+"\}\]'$/,
  ],
  [
    "sidecar-missing",
    "a VirtualMachineInstance of its own",
    all(without, bareVmi),
    /give it the label/,
    /add to metadata\.annotations:/,
  ],
  ...[
    "hooks.kubevirt.io/hookSidecar",
    "hooks.kubevirt.io/hooksidecars",
    "hook.kubevirt.io/hookSidecars",
    "hooks.kubevirt.io/hook-sidecars",
    "hookSidecars",
    "hooksSidecars",
  ].map((key) =>
    [
      "sidecar-missing",
      `the misspelt annotation ${key}`,
      misspelt(key),
      RegExp(`metadata\\.annotations.*${key}.*, but ${RegExp.escape(key)}\\.`),
    ] as const
  ),
  ...["hooks.kubevirt.io/hookSidecarsOld", "my.hookSidecars", "kubevirt.io/sidecars"].map((key) =>
    [
      "sidecar-missing",
      `the annotation ${key}, which is not taken for a misspelt one`,
      misspelt(key),
      /no annotation hooks\.kubevirt\.io\/hookSidecars\. \|/,
    ] as const
  ),
  [
    "sidecar-misplaced",
    "the annotation on the VirtualMachine",
    all(({ vm }) => vm.metadata.annotations = vm.spec.template.metadata.annotations, without),
    /is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.annotations\./,
  ],
  [
    "sidecar-malformed",
    "args that are one string",
    annotation('[{"image": "eks-irsa-sidecar:1", "args": "--os linux"}]'),
    /args that are not a list of strings/,
    /Write a list with one string for each word: \| .*"--os", ?"linux"/,
  ],
  [
    "sidecar-malformed",
    "an annotation that is no list",
    annotation("{}"),
    /Write a string with a list in JSON, such as: \| .*image/,
  ],
  ["sidecar-image", "an empty list", annotation("[]"), /is not in the annotation's list\. \|/],
  [
    "sidecar-image",
    "a list of two other images",
    sidecars({ image: "a:1" }, { image: "b:1" }),
    /list: a:1, b:1\./,
    /add to the list: \| \{"image": "[^"]*eks-irsa-sidecar/,
  ],
  [
    "sidecar-upstream-image",
    "the image of KubeVirt's pull request",
    sidecars({ image: "quay.io/kubevirt/eks-irsa-sidecar:v1" }),
    /image quay\.io\/kubevirt\/eks-irsa-sidecar:v1 is another/,
    /write: \| "image": "[^"]*eks-irsa-sidecar/,
  ],

  // How the sidecars run.
  [
    "sidecar-command",
    "a shell as the command",
    sidecars({ ...OURS, command: ["/bin/sh", "-c"] }),
    /a command, "\/bin\/sh"\./,
  ],
  [
    "sidecar-args",
    "flags and their values in one string each",
    args("--os linux", "--mount-tag  my tag"),
    /write one string for each word\. \| "args": \["--os","linux","--mount-tag","my","tag"\]$/,
  ],
  [
    "sidecar-args",
    "the word serve, and a flag and its value in one string",
    args("serve", "--os linux "),
    /"args": \["serve","--os","linux"\]$/,
  ],
  [
    "sidecar-args",
    "a flag with = whose value has a space",
    args("--os=macos x"),
    /Correct the args in the annotation/,
  ],
  [
    "sidecar-args",
    "a flag whose value has a space",
    args("--os", "macos x"),
    /Correct the args in the annotation/,
    /none$/,
  ],
  [
    "sidecar-args",
    "a flag that is not at the start of its string",
    args("x --os linux"),
    /Correct the args in the annotation/,
    /none$/,
  ],
  [
    "other-sidecar",
    "another image, and a script for preCloudInitIso",
    sidecars({ image: "a:1" }, SHIM("preCloudInitIso"), OURS),
    /^error/,
  ],
  [
    "other-sidecar",
    "a script for a hook of another name",
    sidecars(SHIM("other"), OURS),
    /^warning/,
  ],
  [
    "other-sidecar",
    "a script for preCloudInitIso",
    sidecars(SHIM("preCloudInitIso"), OURS),
    /^error/,
    /Another sidecar changes .*: \/usr\/bin\/preCloudInitIso\./,
    /and remove that sidecar/,
  ],
  ["other-sidecar", "this sidecar twice", sidecars(OURS, OURS), /^error/],
  [
    "other-sidecar",
    "two other images",
    sidecars(OURS, { image: "a:1" }, { image: "b:1" }),
    /^warning/,
    /may change .*: a:1, b:1\./,
    /ignore this warning/,
  ],
  [
    "hooks-without-cloud-init",
    "a machine without SMBIOS, and --hooks",
    all(s390x, args("--hooks", "onDefineDomain")),
    /^warning/,
    /Remove --hooks and --version/,
  ],
  [
    "hooks-without-cloud-init",
    "a machine without SMBIOS, and --delivery domain",
    all(s390x, args("--delivery", "domain")),
    /^error/,
    /Remove --delivery,/,
  ],
  [
    "hooks-without-cloud-init",
    "a machine without SMBIOS, and --version with --hooks",
    all(s390x, args("--version", "v1alpha3", "--hooks", "onDefineDomain")),
    /^warning/,
  ],
  [
    "hook-version",
    "--version v1alpha2",
    args("--version", "v1alpha2"),
    /to v1alpha2\./,
  ],
];

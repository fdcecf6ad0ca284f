import { noCloudInit, OURS, role, s390x, SHIM, version } from "./check_case.ts";
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
import { ACCOUNT, bindings, INJECT, misspelt, without } from "./check_edits.ts";
import { all, annotation, args, sidecars } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The admission policy and the annotation. */
export const ADMISSION_SAYS: readonly Says[] = [
  // The admission policy.
  ["inject-value", labelled("yes"), /^error/, /unknown value "yes"/, /"true", in quotes/],
  ["inject-value", listed("yes"), /^warning/],
  ["inject-opted-out", labelled("false"), /inject opts the VM out/, /\| If the VM should/],
  [
    "inject-opted-out",
    all(unlabelled, namespace("false")),
    /of the namespace opts its VMs out/,
    /If this VM should have a role, give its template the label: \| .*inject: "true"/,
  ],
  [
    "inject-without-owner",
    all(unlabelled, bareVmi, namespace("true")),
    /the label: \| .*inject: "true"/,
  ],
  [
    "inject-without-owner",
    all(unlabelled, bareVmi, namespace("pod-identity")),
    /the label: \| .*inject: "pod-identity"/,
  ],
  [
    "inject-misplaced",
    all(unlabelled, ({ vm }) => vm.metadata.labels = { [INJECT]: "true" }),
    /inject is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.labels\./,
  ],
  [
    "inject-misplaced",
    all(optedIn, ({ vm }) => vm.metadata.annotations[ACCOUNT] = "app"),
    /service-account is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.annotations\./,
  ],
  [
    "inject-role-unseen",
    all(optedIn, role(undefined), roleInConfigMap),
    /account app is in a ConfigMap/,
    /kubectl annotate serviceaccount app eks\.amazonaws\.com\/role-arn=arn:aws:iam::111122223333:role\/app/,
  ],
  [
    "admission-policy-missing",
    all(optedIn, deployed("messages/policies.yaml")),
    /given: ValidatingAdmissionPolicy eks-irsa-sidecar-refusals, ValidatingAdmissionPolicyBinding /,
    /kubectl apply -k deploy,/,
  ],
  [
    "admission-binding-missing",
    all(optedIn, bindings("none")),
    /No binding that was given applies/,
    /Without a binding nothing is added/,
  ],
  [
    "admission-binding-missing",
    all(optedIn, bindings("no parameters")),
    /has no paramRef/,
    /without them the VM is refused/,
  ],
  [
    "admission-overlay",
    all(byAnnotation, deployed(POLICY), version("v1.8.2")),
    /^error/,
    /for KubeVirt 1\.9, and this KubeVirt is older/,
    /apply -k deploy\/kubevirt-1\.8/,
  ],
  ["admission-overlay", all(optedIn, deployed(POLICY), version("v1.8.2")), /^warning/],
  [
    "admission-overlay",
    all(optedIn, deployed(POLICY, byVolume)),
    /^warning/,
    /for KubeVirt 1\.8, and this KubeVirt is newer/,
    /apply -k deploy \|/,
  ],

  // The annotation.
  [
    "sidecar-missing",
    without,
    /spec\.template\.metadata: .* no annotation hooks\.kubevirt\.io\/hookSidecars\. \|/,
    /give its template the label .*inject: "true"/,
    /add to spec\.template\.metadata\.annotations: \| .*'\[\{"image": "[^"]+"\}\]'$/,
  ],
  [
    "sidecar-missing",
    all(without, noCloudInit),
    /"args": \["--hooks", "onDefineDomain"\]\}\]'$/,
  ],
  ["sidecar-missing", all(s390x, without, noCloudInit), /'\[\{"image": "[^"]+"\}\]'$/],
  [
    "sidecar-missing",
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
      misspelt(key),
      RegExp(`metadata\\.annotations.*${key}.*, but ${RegExp.escape(key)}\\.`),
    ] as const
  ),
  ...["hooks.kubevirt.io/hookSidecarsOld", "my.hookSidecars", "kubevirt.io/sidecars"].map((key) =>
    [
      "sidecar-missing",
      misspelt(key),
      /no annotation hooks\.kubevirt\.io\/hookSidecars\. \|/,
    ] as const
  ),
  [
    "sidecar-misplaced",
    all(({ vm }) => vm.metadata.annotations = vm.spec.template.metadata.annotations, without),
    /is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.annotations\./,
  ],
  [
    "sidecar-malformed",
    annotation('[{"image": "eks-irsa-sidecar:1", "args": "--os linux"}]'),
    /args that are not a list of strings/,
    /Write a list with one string for each word: \| .*"--os", ?"linux"/,
  ],
  [
    "sidecar-malformed",
    annotation("{}"),
    /Write a string with a list in JSON, such as: \| .*image/,
  ],
  ["sidecar-image", annotation("[]"), /is not in the annotation's list\. \|/],
  [
    "sidecar-image",
    sidecars({ image: "a:1" }, { image: "b:1" }),
    /list: a:1, b:1\./,
    /add to the list: \| \{"image": "[^"]*eks-irsa-sidecar/,
  ],
  [
    "sidecar-upstream-image",
    sidecars({ image: "quay.io/kubevirt/eks-irsa-sidecar:v1" }),
    /image quay\.io\/kubevirt\/eks-irsa-sidecar:v1 is another/,
    /write: \| "image": "[^"]*eks-irsa-sidecar/,
  ],
  [
    "sidecar-command",
    sidecars({ ...OURS, command: ["/bin/sh", "-c"] }),
    /a command, "\/bin\/sh"\./,
  ],
  [
    "sidecar-args",
    args("--os linux", "--mount-tag  my tag"),
    /write one string for each word\. \| "args": \["--os","linux","--mount-tag","my","tag"\]$/,
  ],
  ["sidecar-args", args("serve", "--os linux "), /"args": \["serve","--os","linux"\]$/],
  ["sidecar-args", args("--os=macos x"), /Correct the args in the annotation/],
  ["other-sidecar", sidecars({ image: "a:1" }, SHIM("preCloudInitIso"), OURS), /^error/],
  ["other-sidecar", sidecars(SHIM("other"), OURS), /^warning/],
  ["sidecar-args", args("--os", "macos x"), /Correct the args in the annotation/, /none$/],
  ["sidecar-args", args("x --os linux"), /Correct the args in the annotation/, /none$/],
  [
    "other-sidecar",
    sidecars(SHIM("preCloudInitIso"), OURS),
    /^error/,
    /Another sidecar changes .*: \/usr\/bin\/preCloudInitIso\./,
    /and remove that sidecar/,
  ],
  ["other-sidecar", sidecars(OURS, OURS), /^error/],
  [
    "other-sidecar",
    sidecars(OURS, { image: "a:1" }, { image: "b:1" }),
    /^warning/,
    /may change .*: a:1, b:1\./,
    /ignore this warning/,
  ],
  [
    "hooks-without-cloud-init",
    all(s390x, args("--hooks", "onDefineDomain")),
    /^warning/,
    /Remove --hooks and --version/,
  ],
  [
    "hooks-without-cloud-init",
    all(s390x, args("--delivery", "domain")),
    /^error/,
    /Remove --delivery,/,
  ],
  [
    "hooks-without-cloud-init",
    all(s390x, args("--version", "v1alpha3", "--hooks", "onDefineDomain")),
    /^warning/,
  ],
  [
    "hook-version",
    args("--version", "v1alpha2"),
    /to v1alpha2\./,
  ],
];

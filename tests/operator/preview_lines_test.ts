import assert from "node:assert/strict";
import { metadata, noCloudInit, role, s390x, spec, windows } from "./check_case.ts";
import {
  byAnnotation,
  byVolume,
  deployed,
  labelled,
  namespace,
  optedIn,
  POLICY,
  unlabelled,
} from "./check_cases_admission.ts";
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
import { linesOf } from "./previewed.ts";
import { sysprepVm } from "./sysprep_vm.ts";

const message =
  'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nx\n--b--\n';
const secretRef = cloudInit({ secretRef: { name: "s" } });
const talos = metadata("annotations", "vm.kubevirt.io/os", "talos");

/** VMs, and lines of their text previews. */
const LINES: readonly (readonly [string, Edit, readonly (string | RegExp)[]])[] = [
  ["no sidecar", sidecars(), [
    "Sidecar    not among the VM's hook sidecars",
    "Warning    The VM does not run the sidecar yet. The preview shows what it would do.",
  ]],
  ["an annotation that cannot be read", annotation("[,]"), [
    "Sidecar    unknown, because the annotation cannot be read: it is not JSON: a value is expected",
    /^Warning +The annotation .* does not start: .*\. The preview shows what the sidecar would do without args/,
  ]],
  ["the policy's parts", all(optedIn), [
    "Admission  the policy adds the sidecar, the volume web-identity, the filesystem web-identity",
  ]],
  ["an account by the annotation", byAnnotation, [
    "Admission  the policy adds the sidecar, the service account app, the volume web-identity, the filesystem web-identity",
  ]],
  ["an account by a volume", all(byAnnotation, deployed(POLICY, byVolume)), [
    /^Admission +the policy adds the sidecar, the volume serviceaccount, the volume web-identity, the filesystem serviceaccount/,
  ]],
  [
    "all of the policy's parts",
    all(optedIn, sidecars({ image: "irsa-sidecar" }), containerPath()),
    ["Admission  the policy adds nothing: all is there"],
  ],
  [
    "a policy without its binding",
    all(optedIn, deployed(POLICY, (objects) => objects.slice(0, 1))),
    [
      "Admission  the policy adds nothing: the policy, or its binding, is not among the admission policies given",
    ],
  ],
  ["another policy", all(optedIn, deployed("messages/policies.yaml")), [
    /^Admission +the policy adds nothing: the policy, or its binding, is not among/,
  ]],
  ["the label that opts out", labelled("false"), [
    'Admission  the policy adds nothing: its label eks-irsa-sidecar.github.io/inject is "false"',
  ]],
  ["an unknown label", labelled("yes"), [
    /^Admission +the policy adds nothing: its label .*\/inject is none of "true", "pod-identity" and "false"$/,
  ]],
  ["no role", all(optedIn, role(undefined)), [
    "Admission  the policy adds nothing: its service account has no role",
    "Role       none: the service account app has no annotation eks.amazonaws.com/role-arn",
    "Delivery   none",
    "Token      not in the guest, because nothing mounts the share",
    "Variables  none",
    "User data  unchanged: the pod has no role",
    "Domain     unchanged",
    /^Warning +The service account app has no role: the VM boots/,
  ]],
  ["a list of sidecars that is none", all(optedIn, annotation('{"image": "x"}')), [
    "Admission  the VM is refused: its annotation hooks.kubevirt.io/hookSidecars is not a list in JSON",
  ]],
  ["a namespace that opts out", all(unlabelled, namespace("false")), [
    /^Admission +the policy adds nothing: its label .* is "false"$/,
  ]],
  ["token readers", args("--token-readers", "group:web"), [
    /^Token .*, readable by root and the group web$/,
  ]],
  ["root as the token's reader", args("--token-readers", "root"), [/^Token .* by root alone$/]],
  ["no route to the agent", all(labelled("pod-identity"), spec((s) => s.networks = [])), [
    /^Agent +http:\/\/169\.254\.170\.23\/v1\/credentials/,
  ]],
  ["user data in a Secret", secretRef, [
    "User data  parts are added to the original, which is unknown: it is in the Secret s, which was not given",
    "Warning    Linux is assumed, because the user data was not given: if the guest is not Linux, set --os.",
  ]],
  [
    "a Secret without user data",
    all(secretRef, beside({ kind: "Secret", metadata: { name: "s" } })),
    [
      /^User data .*: it is in the Secret s, which has no userdata and no userData$/,
    ],
  ],
  ["a MIME message", userData(message), [
    "User data  a message (the original is: a MIME message)",
    `original  multipart/mixed, ${message.length} bytes`,
  ]],
  ["a script", userData("#!/bin/sh\n"), [
    /^original +text\/plain, part-001, 10 bytes$/,
  ]],
  ["another reader", talos, [
    /^User data +unchanged, and the guest gets no role: the guest is Talos/,
  ]],
  ["a reader that the domain serves", userData('{"ignition": {}}'), [/^User data +unchanged: it /]],
  ["the domain alone", args("--delivery", "domain"), [
    "Delivery   by the domain, to a guest with systemd 252 or later",
    "User data  unchanged: the sidecar does not subscribe to preCloudInitIso",
  ]],
  ["no delivery at all", all(s390x, args("--hooks", "onDefineDomain")), [
    "Delivery   none",
    "not by the domain: the machine of the domain has no SMBIOS",
    "User data  unchanged: the sidecar does not subscribe to preCloudInitIso",
  ]],
  ["no cloud-init volume", noCloudInit, [
    "User data  unchanged: the VM has no cloud-init volume",
    /^Warning +virt-launcher crashes .*: add one, or give the sidecar --hooks onDefineDomain, and the role/,
  ]],
  ["no cloud-init volume, and a domain without SMBIOS", all(noCloudInit, s390x), [
    /^Warning +virt-launcher crashes .*: add one, or remove the sidecar\.$/,
  ]],
  ["Windows", windows, [
    "Guest      windows (the annotation vm.kubevirt.io/os is windows2k22)",
    "Delivery   by the cloud-init data",
    /^added +text\/x-shellscript, eks-irsa-sidecar\.ps1, \d+ bytes$/,
  ]],
  ["a sysprep volume", sysprepVm, [/^Warning +The guest gets its role by the script on the CD/]],
  ["no hook for the domain", args("--hooks", "preCloudInitIso"), [
    "Domain     unchanged",
    /^Warning +The sidecar does not subscribe to onDefineDomain: the VM gets no device/,
  ]],
  ["another program's image", sidecars({ image: "quay.io/kubevirt/eks-irsa-sidecar:v1" }), [
    /^Warning +The image quay\.io\/kubevirt\/eks-irsa-sidecar:v1 is another program with the same name/,
  ]],
  ["a share by hand without a role", all(containerPath(), role(undefined)), [
    /^Warning .* the pod has no folder for the containerPath volume token, and the VM does not start\./,
  ]],
  [
    "a preference",
    all(spec((s) => s.volumes[0] = { name: "root", emptyDisk: {} }), ({ vm }) => {
      vm.spec.preference = { name: "own" };
    }),
    [/^Warning +Linux is assumed, because preview does not read the preference/],
  ],
];

for (const [what, edit, expected] of LINES) {
  Deno.test(`the text of a VM with ${what}`, async () => {
    const lines = await linesOf(edit);
    for (const line of expected) {
      const isThere = lines.some((found) =>
        typeof line === "string" ? found === line : line.test(found)
      );
      assert.ok(isThere, `${line}\n\n${lines.join("\n")}`);
    }
  });
}

import assert from "node:assert/strict";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { dedicated, noCloudInit, otherWebhook, role, version, webhook } from "./check_case.ts";
import { labelled, roleInConfigMap, unlabelled } from "./check_cases_admission.ts";
import { all, args, beside, cloudInit, containerPath, type Edit } from "./edit.ts";
import { checked } from "./findings.ts";
import { sysprepVm, unattend } from "./sysprep_vm.ts";

const noAccounts: Edit = ({ serviceAccount }) => serviceAccount.kind = "";

/** Changes, and what check says that it does not know; undefined if that does not matter. */
const NOT_CHECKED: readonly (readonly [string, Edit, RegExp, RegExp | undefined])[] = [
  [
    "the webhook for dedicated CPUs",
    all(containerPath(), dedicated),
    /webhook/,
    /the VM would lose its dedicated CPUs/,
  ],
  ["the webhook beside a containerPath volume", containerPath(), /webhook/, undefined],
  ["the webhook that is known", all(containerPath(), webhook("team")), /webhook/, undefined],
  [
    "the webhook that has to serve",
    () => {},
    /webhook/,
    /The VM starts only if it serves the token's share\./,
  ],
  ["the webhook without a device", args("--hooks", "preCloudInitIso"), /webhook/, undefined],
  ["the webhook without a role", role(undefined), /webhook/, undefined],
  ["the webhook of another socket", args("--virtiofs-socket", "/s"), /webhook/, undefined],
  [
    "the instance type",
    ({ vm }) => vm.spec.instancetype = { name: "large" },
    /CPUs/,
    /whether the VirtualMachineClusterInstancetype large sets dedicated CPUs: check does not read instance types\.$/,
  ],
  [
    "the instance type of a volume",
    ({ vm }) => vm.spec.instancetype = { inferFromVolume: "root" },
    /CPUs/,
    /the VirtualMachineClusterInstancetype that KubeVirt infers from the volume root/,
  ],
  [
    "the instance type of a VM with dedicated CPUs",
    all(dedicated, ({ vm }) => vm.spec.instancetype = { name: "large" }),
    /instance type/,
    undefined,
  ],
  [
    "the preference",
    ({ vm }) => vm.spec.preference = { kind: "VirtualMachinePreference", name: "corp" },
    /guest/,
    /the VirtualMachinePreference corp is for: check reads only its name\.$/,
  ],
  [
    "the preference of a volume",
    ({ vm }) => vm.spec.preference = { inferFromVolume: "root" },
    /guest/,
    /that KubeVirt infers from the volume root is for\. Set the guest with --os\.$/,
  ],
  [
    "the guest's systemd, if the role goes by the domain alone",
    args("--hooks", "onDefineDomain"),
    /systemd/,
    /The role goes by the domain, which needs 252 or later/,
  ],
  ["the guest's systemd beside cloud-init", () => {}, /systemd/, undefined],
  ["the systemd of a VM whose args are wrong", args("--os", "x"), /systemd/, undefined],
  [
    "the feature gates",
    ({ kubevirt }) => kubevirt.kind = "",
    /feature gates/,
    /with --kubevirt\.$/,
  ],
  ["the feature gates that are given", () => {}, /feature gates/, undefined],
  [
    "the role",
    noAccounts,
    /The role of/,
    /service account app is unknown\. Give its manifest with --service-account/,
  ],
  [
    "the role of an account that is not among those given",
    ({ serviceAccount }) => {
      serviceAccount.metadata.name = "other";
    },
    /The role of/,
    undefined,
  ],
  [
    "the role in the webhook's ConfigMap",
    all(noAccounts, roleInConfigMap),
    /The role of/,
    undefined,
  ],
  [
    "the role by EKS Pod Identity",
    all(noAccounts, labelled("pod-identity")),
    /The role of/,
    undefined,
  ],
  [
    "the default namespace's label",
    all(unlabelled, ({ vm }) => vm.metadata.namespace = undefined),
    /namespace/,
    /whether the namespace default has the label/,
  ],
  [
    "the label of a namespace that was given",
    all(unlabelled, beside({ kind: "Namespace", metadata: { name: "team" } })),
    /namespace/,
    undefined,
  ],
  ["the namespace's label, of a VM that opts out", labelled("false"), /namespace/, undefined],
  [
    "the version of a vendor",
    version("v1.9-vendor"),
    /version/,
    /The version v1\.9-vendor is not one of KubeVirt's releases/,
  ],
  ["a version that is known", () => {}, /version/, undefined],
  ["a version that is not given", ({ kubevirt }) => kubevirt.kind = "", /version/, undefined],
  [
    "a status that is not given",
    ({ kubevirt }) => {
      Object.assign(kubevirt, { status: {} });
    },
    /version/,
    undefined,
  ],
  [
    "the user data in a Secret",
    cloudInit({ secretRef: { name: "s" } }),
    /Secret/,
    /is in the Secret s\. Add its manifest/,
  ],
  [
    "the user data in a Secret that is given",
    all(
      cloudInit({ secretRef: { name: "s" } }),
      beside({ kind: "Secret", metadata: { name: "s" }, stringData: { userdata: "#!" } }),
    ),
    /Secret/,
    undefined,
  ],
  [
    "the user data in a Secret that is given and has none",
    all(
      cloudInit({ secretRef: { name: "s" } }),
      beside({ kind: "Secret", metadata: { name: "s" }, stringData: { other: "#!" } }),
    ),
    /Secret/,
    undefined,
  ],
  ["the user data of a VM without cloud-init", noCloudInit, /Secret/, undefined],
  [
    "the sysprep volume's script",
    sysprepVm,
    /script/,
    /whether the ConfigMap unattend has the script for the guest/,
  ],
  ["the sysprep volume's script that is given", all(sysprepVm, unattend({})), /script/, undefined],
  ["the webhook beside others", otherWebhook, /cluster has the IRSA/, undefined],
  ["the webhook that serves, for dedicated CPUs", dedicated, /webhook/, /The VM starts only if/],
  [
    "the preference of a named guest",
    all(args("--os", "linux"), ({ vm }) => vm.spec.preference = { inferFromVolume: "root" }),
    /guest/,
    undefined,
  ],
];

for (const [what, edit, topic, sentence] of NOT_CHECKED) {
  Deno.test(`what is not checked: ${what}`, () => {
    const found = checked(edit).flatMap(({ context }) => notChecked(context))
      .filter((candidate) => topic.test(candidate));
    assert.equal(found.length, sentence === undefined ? 0 : 1, found.join("\n"));
    assert.match(found.join(), sentence ?? /^$/);
  });
}

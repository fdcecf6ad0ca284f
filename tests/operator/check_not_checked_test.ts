import assert from "node:assert/strict";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { dedicated, role, webhook } from "./check_case.ts";
import { all, args, containerPath, type Edit } from "./edit.ts";
import { checked } from "./findings.ts";

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

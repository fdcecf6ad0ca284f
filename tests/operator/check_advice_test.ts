/** What a finding says, where that depends on the VM; and similar VMs in which the rule finds nothing. */
import assert from "node:assert/strict";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { OURS } from "./check_case.ts";
import { annotation } from "./edit.ts";
import { codesOf, findingsOf } from "./findings.ts";
import { ADMISSION_SAYS } from "./check_says_admission.ts";
import { CLUSTER_SAYS } from "./check_says_cluster.ts";
import { GUEST_SAYS } from "./check_says_guest.ts";
import { SERVICE_ACCOUNT_SAYS } from "./check_says_service_account.ts";
import { SIDECAR_SAYS } from "./check_says_sidecar.ts";
import { USER_DATA_SAYS } from "./check_says_user_data.ts";
import { VM_SAYS } from "./check_says_vm.ts";
import { ADMISSION_SILENT } from "./check_silent_admission.ts";
import { CLUSTER_SILENT } from "./check_silent_cluster.ts";
import { GUEST_SILENT } from "./check_silent_guest.ts";
import { SERVICE_ACCOUNT_SILENT } from "./check_silent_service_account.ts";
import { SIDECAR_SILENT } from "./check_silent_sidecar.ts";
import { USER_DATA_SILENT } from "./check_silent_user_data.ts";
import { VM_SILENT } from "./check_silent_vm.ts";

const SAYS = [
  ...ADMISSION_SAYS,
  ...SIDECAR_SAYS,
  ...CLUSTER_SAYS,
  ...SERVICE_ACCOUNT_SAYS,
  ...VM_SAYS,
  ...GUEST_SAYS,
  ...USER_DATA_SAYS,
];

const SILENT = [
  ...ADMISSION_SILENT,
  ...SIDECAR_SILENT,
  ...CLUSTER_SILENT,
  ...SERVICE_ACCOUNT_SILENT,
  ...VM_SILENT,
  ...GUEST_SILENT,
  ...USER_DATA_SILENT,
];

for (const [code, situation, edit, ...words] of SAYS) {
  Deno.test(`what ${code} says about: ${situation}`, () => {
    const [finding, ...others] = findingsOf(edit).filter((one) => one.code === code);
    assert.ok(finding);
    assert.deepEqual(others, []);
    const { severity, path, what, why, fix, snippet = "none" } = finding;
    const text = `${severity} ${formatPath(path)}: ${[what, why, fix, snippet].join(" | ")}`;
    for (const word of [/\| [A-Z][^|]*\S \| [^|]*$/, ...words]) assert.match(text, word);
  });
}

for (const [code, situation, edit] of SILENT) {
  Deno.test(`${code} finds nothing: ${situation}`, () => {
    assert.ok(!codesOf(edit).includes(code));
  });
}

Deno.test("no two cases of a rule have the same name", () => {
  for (const cases of [SAYS, SILENT]) {
    const names = cases.map(([code, situation]) => `${code}: ${situation}`);
    assert.deepEqual(names, [...new Set(names)]);
  }
});

/** The members of the sidecar's entry at which findings are. */
const MEMBERS: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  ["sidecar-upstream-image", "image", { image: "kubevirt/eks-irsa-sidecar" }],
  ["sidecar-command", "command", { command: ["sh"] }],
  ["sidecar-args", "args", { args: ["--os", "x"] }],
  ["hook-fails", "args", { args: ["--mount-path", "C:\\token"] }],
  ["hooks-without-domain", "args", { args: ["--hooks", "preCloudInitIso"] }],
  ["windows-mount-path", "args", { args: ["--os", "windows", "--mount-path", "D:\\a"] }],
  ["hook-version", "args", { args: ["--version", "v1alpha2"] }],
  ["mount-path-readable", "args", { args: ["--token-readers", "root", "--mount-path", "/a"] }],
];

for (const [code, name, members] of MEMBERS) {
  Deno.test(`${code} is at the member ${name} of the sidecar's entry`, () => {
    const entries = [{ image: "other:1", args: [], command: [] }, { ...OURS, a: 1, ...members }];
    const text = JSON.stringify(entries);
    const found = findingsOf(annotation(text)).find((finding) => finding.code === code);
    assert.equal(found?.character, text.lastIndexOf(`"${name}"`));
  });
}

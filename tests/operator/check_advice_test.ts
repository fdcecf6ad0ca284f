/** What a finding says, where that depends on the VM; and similar VMs in which the rule finds nothing. */
import assert from "node:assert/strict";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { OURS } from "./check_case.ts";
import { annotation } from "./edit.ts";
import { codesOf, findingsOf } from "./findings.ts";
import { ADMISSION_SAYS } from "./check_says_admission.ts";
import { CLUSTER_SAYS } from "./check_says_cluster.ts";
import { VM_SAYS } from "./check_says_vm.ts";
import { USER_DATA_SAYS } from "./check_says_user_data.ts";
import { SILENT } from "./check_silent.ts";

const SAYS = [
  ...ADMISSION_SAYS,
  ...CLUSTER_SAYS,
  ...VM_SAYS,
  ...USER_DATA_SAYS,
];

for (const [index, [code, edit, ...words]] of SAYS.entries()) {
  Deno.test(`what ${code} says, ${index}: ${words.join()}`, () => {
    const [finding, ...others] = findingsOf(edit).filter((one) => one.code === code);
    assert.ok(finding);
    assert.deepEqual(others, []);
    const { severity, path, what, why, fix, snippet = "none" } = finding;
    const text = `${severity} ${formatPath(path)}: ${[what, why, fix, snippet].join(" | ")}`;
    for (const word of [/\| [A-Z][^|]*\S \| [^|]*$/, ...words]) assert.match(text, word);
  });
}

for (const [index, [code, edit]] of SILENT.entries()) {
  Deno.test(`${code} finds nothing, ${index}`, () => {
    assert.ok(!codesOf(edit).includes(code));
  });
}

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

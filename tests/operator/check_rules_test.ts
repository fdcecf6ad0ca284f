import assert from "node:assert/strict";
import { parseCommandLine, UsageError } from "../../src/cli/command_line.ts";
import { TOPICS } from "../../src/operator/check/rule.ts";
import { RULES } from "../../src/operator/check/rules/registry.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { repositoryPath } from "../support/paths.ts";
import { ADMISSION_CASES } from "./check_cases_admission.ts";
import { CLUSTER_CASES } from "./check_cases_cluster.ts";
import { POD_IDENTITY_CASES } from "./check_cases_pod_identity.ts";
import { USER_DATA_CASES } from "./check_cases_user_data.ts";
import { VM_CASES } from "./check_cases_vm.ts";
import { args } from "./edit.ts";
import { codesOf, findingsOf } from "./findings.ts";

const CASES = [
  ...ADMISSION_CASES,
  ...CLUSTER_CASES,
  ...VM_CASES,
  ...POD_IDENTITY_CASES,
  ...USER_DATA_CASES,
];

const SEVERITY = /^(error|warning)$/;

Deno.test("nothing is wrong with the fixture", () => {
  assert.deepEqual(codesOf(() => {}), []);
});

for (const { code, fires, at, silent } of CASES) {
  Deno.test(`${code} finds the mistake, and names its place`, () => {
    const found = findingsOf(fires).filter((finding) => finding.code === code);
    assert.deepEqual(found.map(({ path }) => formatPath(path)), [at]);
    for (const { what, why, fix, snippet, severity, manifest, path } of found) {
      for (const text of [what, why, fix, snippet ?? "none"]) assert.match(text, /^\S.*\S$/s);
      assert.match(severity, SEVERITY);
      assert.match(fix, /^[A-Z]/);
      assert.ok(manifest.lineOf(path) >= 1);
    }
  });
  Deno.test(`${code} finds nothing in a similar VM`, () => {
    assert.ok(!codesOf(silent).includes(code));
  });
}

Deno.test("the severity of a rule is error or warning", () => {
  for (const { severity } of RULES) assert.match(severity, SEVERITY);
});

Deno.test("every rule has one case, and no two have the same code", () => {
  const codes = RULES.map(({ code }) => code).sort();
  assert.deepEqual(CASES.map(({ code }) => code).sort(), codes);
  assert.deepEqual([...new Set(codes)], codes);
});

const troubleshooting = Deno.readTextFileSync(repositoryPath("docs/troubleshooting.md"));

for (const topic of TOPICS) {
  Deno.test(`docs/troubleshooting.md has the rules on: ${topic}`, () => {
    const [, section = ""] = troubleshooting.split(`\n### ${topic}\n`);
    const [table = ""] = section.split("\n#", 1);
    const rows = [...table.matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm)]
      .map(([, code, summary]) => [code, summary]);
    assert.deepEqual(
      rows,
      RULES.filter(({ looksAt }) => looksAt === topic).map(({ code, severity, summary }) => [
        code,
        severity === "warning" ? `${summary} (warning)` : summary,
      ]),
    );
  });
}

for (
  const wrong of [
    ["--os", "windows", "--mount-path", "/token"],
    ["--os", "windows", "--token-readers", "root"],
    ["--mount-path", "relative"],
    ["--virtiofs-socket", "relative.sock"],
    ["--version", "v1alpha1", "--hooks", "preCloudInitIso"],
    ["--mount-tag", "--os", "linux"],
  ]
) {
  Deno.test(`serve would refuse the args, and check says so: ${wrong.join(" ")}`, () => {
    const found = findingsOf(args(...wrong));
    assert.deepEqual(found.map(({ code }) => code), ["sidecar-args"]);
    const { message } = assertUsageError(wrong);
    assert(found[0]?.what.endsWith(message), found[0]?.what);
  });
}

function assertUsageError(args: readonly string[]): UsageError {
  try {
    parseCommandLine(args);
  } catch (error) {
    assert(error instanceof UsageError);
    return error;
  }
  throw new Error("serve takes these args.");
}

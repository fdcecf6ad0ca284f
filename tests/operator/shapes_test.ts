import assert from "node:assert/strict";
import { checkManifests } from "../../src/operator/check/check.ts";
import { readManifestFiles } from "../../src/operator/manifest/read_files.ts";
import { virtualMachinesIn } from "../../src/operator/manifest/virtual_machine.ts";
import { assumedIdentity } from "../../src/operator/manifest_plan/assumed_identity.ts";
import { admissionOf } from "../../src/operator/manifest_plan/manifest_admission.ts";
import { planManifest } from "../../src/operator/manifest_plan/manifest_plan.ts";
import { reportOf } from "../../src/operator/preview/report.ts";
import { repositoryPath } from "../support/paths.ts";
import { runSidecar } from "../support/sidecar.ts";
import { runHere } from "./run_here.ts";

const MISSING_ALL = ["sidecar-missing", "service-account-missing", "virtiofs-filesystem-missing"];

/** Manifests as people write them: the guest and its evidence, what happens to the user data, and the codes of check. */
const SHAPES: readonly (readonly [string, RegExp, string, readonly string[]])[] = [
  ["anchors.yaml", /^linux the label os\.template\.kubevirt\.io\/rhel9/, "a MIME message", [
    "mount-path-readable",
  ]],
  ["annotation-as-yaml.yaml", /^linux/, "#cloud-config", ["sidecar-malformed"]],
  ["annotation-comma.yaml", /^linux/, "#cloud-config", ["sidecar-malformed"]],
  ["annotation-on-vm.yaml", /^linux/, "#cloud-config", ["sidecar-misplaced"]],
  [
    "cirros-script.yaml",
    /^linux the user data starts with #!/,
    "untouched",
    [...MISSING_ALL, "reader-takes-no-mime"],
  ],
  ["fedora.json", /^linux/, "#cloud-config", ["hook-version"]],
  ["gzip.yaml", /^linux/, "gzip of #cloud-config", []],
  ["ignition.yaml", /^linux/, "untouched", []],
  ["list.yaml", /^linux/, "#cloud-config", []],
  ["other-sidecar.yaml", /^linux/, "#cloud-config", ["other-sidecar"]],
  ["pool.yaml", /^linux/, "not asked", [...MISSING_ALL, "cloud-init-missing"]],
  ["secret-ref.yaml", /^linux/, "unknown", []],
  ["user-data-secret.yaml", /^linux/, "#cloud-config", ["mount-path-taken"]],
  [
    "windows-preference.yaml",
    /^windows .*cluster-preference-name is windows\.2k22/,
    "#cloud-config",
    ["windows-cloud-init-disk", "windows-no-cloud"],
  ],
  ["windows-sysprep.yaml", /^windows .*sysprep/, "not asked", ["cloud-init-missing"]],
];

for (const [name, guest, userData, codes] of SHAPES) {
  Deno.test(`the shape ${name}`, async () => {
    const file = repositoryPath(`tests/operator/manifests/${name}`);
    const manifests = await readManifestFiles([file]);
    const identity = assumedIdentity({
      environment: {},
      roleArn: undefined,
      region: undefined,
      serviceAccount: undefined,
    });
    const [virtualMachine] = virtualMachinesIn(manifests, [file]);
    assert.ok(virtualMachine);
    const plan = planManifest(virtualMachine, identity, [], manifests);
    assert(plan.kind === "planned");
    const report = reportOf(plan, identity, admissionOf(virtualMachine, manifests));
    assert.match(`${report.guest.os} ${report.guest.evidence}`, guest);
    assert.equal(
      report.userData.outcome === "injected" ? report.userData.format : report.userData.outcome,
      userData,
    );
    const findings = checkManifests(manifests, [file]).flatMap((checked) => checked.findings);
    assert.deepEqual(findings.map(({ code }) => code), codes);
  });
}

Deno.test("a text preview fits one screen", async () => {
  for (const [name] of SHAPES) {
    const file = repositoryPath(`tests/operator/manifests/${name}`);
    const { stdout } = await runHere({ args: ["preview", file] });
    assert.ok(stdout.split("\n").length <= 40, name);
    assert.ok(!stdout.includes("\x1b"), name);
  }
});

Deno.test("files that cannot be used are named with the place and the fix", async () => {
  const template = repositoryPath("tests/operator/manifests/helm-template.yaml.txt");
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["-", "a: [", /standard input, line 1, column 5: .*Fix the YAML/],
    [
      "-",
      "kind: Deployment",
      /no virtual machine in it, but Deployment\. Give a manifest of one of/,
    ],
    ["-", "", /^eks-irsa-sidecar: standard input: there is no virtual machine in it\. Give/],
    ["-", "just a sentence", /no virtual machine in it\. Give/],
    ["-", '{"kind": "VirtualMachine"}\n', /but VirtualMachine of no group\. Give/],
    [
      "-",
      '{"apiVersion": "vmoperator.vmware.com/v1alpha2", "kind": "VirtualMachine"}\n',
      /no virtual machine in it, but VirtualMachine of vmoperator\.vmware\.com\. Give/,
    ],
    ["-", '{"a": 1}\n{"a": 1,}\n', /line 2, column 8: a comma stands .* Fix the JSON there/],
    ["-", '{"a": 1\n "b": 2}', /line 2, column 2: a comma or a closing bracket is expected\./],
    ["-", "a: 1\nb: .inf\n", /line 2, column 4: JSON has no number for \.inf and \.nan\. Fix/],
    ["-", "a: 1\n--- b\n", /line 2, column 1: a document separator \(---\) has something behind/],
    ["-", "a: *b\n", /line 1, column 4: an alias has no anchor before it\. Fix the YAML there/],
    [template, "", /helm-template\.yaml\.txt, line \d+, .*looks like a template: render it first/],
    ["/nowhere.yaml", "", /\/nowhere\.yaml cannot be read: no such file or directory\./],
    ["tests/", "", / tests\/ is a folder: name the files in it\.$/m],
    [
      `${template}/vm.yaml`,
      "",
      /helm-template\.yaml\.txt\/vm\.yaml cannot be read: not a directory\./,
    ],
    ["/dev/stdin", "a: [", /standard input, line 1, column 5: .*Fix the YAML/],
    ...(Deno.build.os === "linux"
      ? [
        [
          "/proc/self/environ",
          "",
          /environ is a device or a file of \/proc, .*: pipe it to/,
        ] as const,
      ]
      : []),
  ];
  for (const [file, stdin, message] of cases) {
    for (const command of ["preview", "check"]) {
      const { code, stdout, stderr } = await runSidecar({ args: [command, file], stdin, env: {} });
      assert.equal(code, command === "check" ? 2 : 1);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /--allow|os error/);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    }
  }
});

Deno.test("a file that does not hold what its flag says is named", async () => {
  const vm = repositoryPath("examples/linux-webhook.yaml");
  const kubevirt = repositoryPath("examples/kubevirt.yaml");
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ["--kubevirt", vm],
      /linux-webhook\.yaml: there is no KubeVirt in it, but Namespace, ServiceAccount, Virtual/,
    ],
    [
      ["--service-account", kubevirt],
      /there is no ServiceAccount in it, but KubeVirt\. Give --serv/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runSidecar({ args: ["check", vm, ...args], env: {} });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  }
});

Deno.test("a finding in a Secret names the line of the Secret", async () => {
  const file = repositoryPath("tests/operator/manifests/user-data-secret.yaml");
  const { stdout } = await runSidecar({ args: ["check", file, "--output", "json"], env: {} });
  const [{ findings: [{ where }] }] = JSON.parse(stdout);
  assert.deepEqual(where, { file, line: 9, path: "stringData.userdata" });
});

Deno.test("documents of JSON that stand one after the other, as jq prints them, are read", async () => {
  const text = await Deno.readTextFile(repositoryPath("tests/operator/manifests/fedora.json"));
  const stdin = `{"kind": "KubeVirt", "spec": {}}\n${text}`;
  const { stdout } = await runSidecar({ args: ["check", "-", "--output", "json"], stdin, env: {} });
  const [{ findings }] = JSON.parse(stdout);
  assert.deepEqual(
    findings.map((
      { code, where }: { code: string; where: { line: number } },
    ) => [code, where.line]),
    [["hook-version", 9], ["gate-sidecar", 1]],
  );
});

Deno.test("both commands read the standard input, in JSON as kubectl writes it", async () => {
  const stdin = await Deno.readTextFile(repositoryPath("tests/operator/manifests/fedora.json"));
  const preview = await runSidecar({ args: ["preview", "-"], stdin, env: {} });
  assert.equal(preview.code, 0, preview.stderr);
  assert.match(preview.stdout, /^VirtualMachineInstance lab\/fedora \(standard input:1\)/);
  assert.doesNotMatch(preview.stdout, /To find mistakes/, "which is read already");
  // By both of its names, it is read once.
  const checked = await runSidecar({
    args: ["check", "-", "/dev/stdin", "--output", "json"],
    stdin,
    env: {},
  });
  assert.equal(checked.code, 0);
  const [{ findings, notChecked }] = JSON.parse(checked.stdout);
  assert.deepEqual(findings.map(({ where }: { where: unknown }) => where), [{
    file: "standard input",
    line: 8,
    path: 'metadata.annotations["hooks.kubevirt.io/hookSidecars"]',
  }]);
  assert.equal(notChecked.length, 3);
});

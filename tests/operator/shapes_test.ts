import assert from "node:assert/strict";
import { checkManifests } from "../../src/check/check.ts";
import { readManifestFiles } from "../../src/manifest/read_files.ts";
import { virtualMachinesIn } from "../../src/manifest/virtual_machine.ts";
import { previewIdentity } from "../../src/preview/identity.ts";
import { planPreview } from "../../src/preview/plan.ts";
import { reportOf } from "../../src/preview/report.ts";
import { repositoryPath } from "../support/paths.ts";
import { runSidecar } from "../support/sidecar.ts";

const MISSING_ALL = ["sidecar-missing", "service-account-missing", "virtiofs-filesystem-missing"];

/** Manifests as people write them: the guest and its evidence, the user data's fate, and what check says. */
const SHAPES: readonly (readonly [string, RegExp, string, readonly string[]])[] = [
  ["anchors.yaml", /^linux the label os\.template\.kubevirt\.io\/rhel9/, "a MIME message", []],
  ["annotation-as-yaml.yaml", /^linux/, "#cloud-config", ["sidecar-malformed"]],
  ["annotation-on-vm.yaml", /^linux/, "#cloud-config", ["sidecar-misplaced"]],
  ["cirros-script.yaml", /^linux the user data opens with #!/, "#!", MISSING_ALL],
  ["fedora.json", /^linux/, "#cloud-config", ["hook-version"]],
  ["gzip.yaml", /^linux/, "gzip of #cloud-config", []],
  ["ignition.yaml", /^linux/, "untouched", ["user-data-untouched"]],
  ["list.yaml", /^linux/, "#cloud-config", []],
  ["other-sidecar.yaml", /^linux/, "#cloud-config", ["other-sidecar"]],
  ["pool.yaml", /^linux/, "not asked", [...MISSING_ALL, "cloud-init-missing"]],
  ["secret-ref.yaml", /^linux/, "unknown", []],
  [
    "windows-preference.yaml",
    /^windows .*cluster-preference-name is windows\.2k22/,
    "#cloud-config",
    [],
  ],
  ["windows-sysprep.yaml", /^windows .*sysprep/, "not asked", ["cloud-init-missing"]],
];

for (const [name, guest, userData, codes] of SHAPES) {
  Deno.test(`the shape ${name}`, async () => {
    const file = repositoryPath(`tests/operator/manifests/${name}`);
    const manifests = await readManifestFiles([file]);
    const identity = previewIdentity({
      environment: {},
      roleArn: undefined,
      region: undefined,
      serviceAccount: undefined,
    });
    const [virtualMachine] = virtualMachinesIn(manifests, [file]);
    assert.ok(virtualMachine);
    const report = reportOf(planPreview(virtualMachine, identity.identity, []), identity);
    assert.match(`${report.guest.os} ${report.guest.evidence}`, guest);
    assert.equal(
      report.userData.outcome === "injected" ? report.userData.yours : report.userData.outcome,
      userData,
    );
    const findings = checkManifests(manifests, [file]).flatMap((checked) => checked.findings);
    assert.deepEqual(findings.map(({ code }) => code), codes);
  });
}

Deno.test("a text preview fits one screen", async () => {
  for (const [name] of SHAPES) {
    const file = repositoryPath(`tests/operator/manifests/${name}`);
    const { stdout } = await runSidecar({ args: ["preview", file], env: {} });
    assert.ok(stdout.split("\n").length <= 40, name);
    assert.ok(!stdout.includes("\x1b"), name);
  }
});

Deno.test("files that cannot be used are named with the place and the mend", async () => {
  const template = repositoryPath("tests/operator/manifests/helm-template.yaml.txt");
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["-", "a: [", /standard input, line 1, column 5: .*Mend the YAML/],
    [
      "-",
      "kind: Deployment",
      /no virtual machine in it, but Deployment\. Give a manifest of one of/,
    ],
    ["-", "", /no virtual machine in it\. Give/],
    ["-", "just a sentence", /no virtual machine in it\. Give/],
    ["-", "a: 1\na: 2\n", /line 2, column 1: Map keys must be unique/],
    [template, "", /helm-template\.yaml\.txt, line \d+, .*looks like a template: render it first/],
    ["/nowhere.yaml", "", /\/nowhere\.yaml cannot be read: there is no such file\./],
  ];
  for (const [file, stdin, message] of cases) {
    for (const command of ["preview", "check"]) {
      const { code, stdout, stderr } = await runSidecar({ args: [command, file], stdin, env: {} });
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    }
  }
});

Deno.test("both commands read the standard input, in JSON as kubectl writes it", async () => {
  const stdin = await Deno.readTextFile(repositoryPath("tests/operator/manifests/fedora.json"));
  const preview = await runSidecar({ args: ["preview", "-"], stdin, env: {} });
  assert.equal(preview.code, 0, preview.stderr);
  assert.match(preview.stdout, /^VirtualMachineInstance lab\/fedora \(standard input:1\)/);
  const checked = await runSidecar({ args: ["check", "-", "--output", "json"], stdin, env: {} });
  assert.equal(checked.code, 0);
  const [{ findings, notChecked }] = JSON.parse(checked.stdout);
  assert.deepEqual(findings.map(({ where }: { where: unknown }) => where), [{
    file: "standard input",
    line: 8,
    path: 'metadata.annotations["hooks.kubevirt.io/hookSidecars"]',
  }]);
  assert.equal(notChecked.length, 2);
});

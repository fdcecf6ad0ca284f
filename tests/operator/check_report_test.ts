import assert from "node:assert/strict";
import { check } from "../../src/operator/check/check.ts";
import { checkJson, checkText, notesOn } from "../../src/operator/check/report.ts";
import { ManifestError } from "../../src/operator/manifest/manifest.ts";
import { dedicated, kubevirt, metadata, resources, role, spec } from "./check_case.ts";
import { all, args, beside, containerPath, type Edit, sidecars, textOf } from "./edit.ts";
import { checked } from "./findings.ts";

/** Marks what is highlighted. */
const STYLE = {
  strong: (text: string) => `<strong ${text}>`,
  quiet: (text: string) => `<quiet ${text}>`,
  good: (text: string) => `<good ${text}>`,
  doubtful: (text: string) => `<doubtful ${text}>`,
  bad: (text: string) => `<bad ${text}>`,
};
const linesOf = (edit: Edit) => checked(edit).flatMap((one) => checkText(one, STYLE).split("\n"));

Deno.test("a virtual machine without a mistake", () => {
  const lines = linesOf(containerPath());
  assert.deepEqual(lines, [
    "<strong VirtualMachine team/vm> <quiet (vm.yaml:1)>",
    "<good   Nothing wrong was found.>",
    "",
  ]);
});

Deno.test("a mistake has its code, its place, the reason, the fix and a line to copy", () => {
  const lines = linesOf(args("--os linux"));
  assert.match(
    lines[1] ?? "",
    /^ {2}<bad error sidecar-args> <quiet vm\.yaml:\d+ spec\.template\.metadata\.annotations\["hooks/,
  );
  assert.match(lines[2] ?? "", /^ {4}The args of the sidecar are not valid\./);
  assert.ok(lines.some((line) => /^ {4}Why: The sidecar ends/.test(line)));
  assert.ok(lines.includes("    Fix: No shell splits the args: write one string for each word."));
  assert.ok(lines.includes('      "args": ["--os","linux"]'));
  assert.ok(!lines.includes("<good   Nothing wrong was found.>"));
});

Deno.test("a mistake without a line to copy ends with the fix", () => {
  const lines = linesOf(all(containerPath(), ({ vm }) => vm.metadata.name = 1234));
  assert.deepEqual(lines.slice(-2), ["    Fix: Put the name in quotes.", ""]);
});

Deno.test("a warning is highlighted otherwise than an error", () => {
  const [, line = ""] = linesOf(resources("1M"));
  assert.match(line, /^ {2}<doubtful warning sidecar-memory> <quiet vm\.yaml:\d+ spec\.conf/);
});

Deno.test("notes, and what is not checked, are wrapped and below the findings", () => {
  const lines = linesOf(all(dedicated, containerPath()));
  const note = lines.findIndex((line) => line.startsWith("<quiet   Note: The VM's pod has"));
  const unknown = lines.findIndex((line) => line.startsWith("<quiet   Not checked: It is unknown"));
  assert.ok(note > 1 && unknown > note, lines.join("\n"));
  assert.match(lines[note + 1] ?? "", /^<quiet {5}\S/);
});

Deno.test("sentences are wrapped at 100 columns, and words are not split", () => {
  const path = `/srv/${"x".repeat(120)}`;
  const lines = linesOf(
    all(
      containerPath("token", { path, readOnly: true }),
      spec((s) => s.domain.devices.filesystems = []),
    ),
  ).filter((line) => !line.startsWith("  <") && !line.startsWith("<"));
  assert.ok(lines.every((line) => line.length <= 100 || line.trim().split(" ").length === 1));
  assert.ok(lines.some((line) => line.length > 95));
  const found = linesOf(containerPath("token", { path }));
  assert.ok(found.some((line) => line.trim() === `${path},`), found.join("\n"));
  const long = linesOf(metadata("labels", "x".repeat(120), false)).slice(0, -1);
  assert.ok(long.every((line) => line.trim() !== ""), long.join("\n"));
});

Deno.test("a line may have exactly 100 columns", () => {
  const widths = new Set<number>();
  for (let length = 1; length < 60; length++) {
    const name = "n".repeat(length);
    const filesystem = spec((s) => s.domain.devices.filesystems.push({ name, virtiofs: {} }));
    for (const line of linesOf(filesystem)) if (/^ {4}/.test(line)) widths.add(line.length);
  }
  assert.equal(Math.max(...widths), 100);
});

Deno.test("JSON has the findings with their places, and what is not checked", () => {
  const [one] = checked(all(args("--os linux"), dedicated));
  assert.ok(one);
  const { virtualMachine, sidecar, findings, notes, notChecked } = checkJson(one);
  assert.equal(virtualMachine, "VirtualMachine team/vm");
  assert.equal(sidecar, "eks-irsa-sidecar:0.1.0");
  assert.deepEqual(notes, notesOn(one.context));
  assert.ok(notChecked.length > 0);
  const [finding, ...others] = findings;
  assert.equal(finding?.code, "sidecar-args");
  assert.equal(finding?.severity, "error");
  assert.equal(finding?.snippet, '"args": ["--os","linux"]');
  assert.match(finding?.where.path ?? "", /^spec\.template\.metadata\.annotations/);
  assert.equal(finding?.where.file, "vm.yaml");
  assert.ok((finding?.where.line ?? 0) > 1);
  assert.ok(others.every((other) => !("snippet" in other)));
  assert.ok(others.length > 0);
  const [without] = checked(sidecars({ image: "other:1" }));
  assert.ok(without);
  assert.equal(checkJson(without).sidecar, null);
});

Deno.test("a note is for a Guaranteed pod with the sidecar", () => {
  const notes = (edit: Edit) => checked(edit).flatMap(({ context }) => notesOn(context));
  assert.equal(notes(dedicated).length, 1);
  assert.deepEqual(notes(containerPath()), []);
  assert.deepEqual(notes(all(dedicated, sidecars({ image: "other:1" }))), []);
  assert.match(notes(all(dedicated, kubevirt(() => {}))).join(), /200m CPU and 64M memory/);
});

/** The output of check for some files, and its exit code. The options name the files without their folder. */
async function run(
  texts: Readonly<Record<string, string>>,
  { files = ["vm.json"], serviceAccountFiles, kubevirtFiles, trustPolicyFiles, ...options }:
    Partial<
      Parameters<typeof check>[0]
    > = {},
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const folder = await Deno.makeTempDir();
  const paths = (names: readonly string[] = []) => names.map((name) => `${folder}/${name}`);
  const lines: string[] = [];
  const { log } = console;
  try {
    for (const [name, text] of Object.entries(texts)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    console.log = (line: string) => lines.push(...line.split("\n"));
    const code = await check({
      files: paths(files),
      serviceAccountFiles: paths(serviceAccountFiles),
      kubevirtFiles: paths(kubevirtFiles),
      trustPolicyFiles: paths(trustPolicyFiles),
      tokenAudience: undefined,
      tokenFile: undefined,
      output: "text",
      ...options,
    });
    return { code, lines };
  } finally {
    console.log = log;
    await Deno.remove(folder, { recursive: true });
  }
}

const VM = { "vm.json": textOf(containerPath()) };

Deno.test("check counts errors and warnings, and ends with 1 for errors alone", async () => {
  const right = await run(VM);
  assert.equal(right.code, 0);
  assert.equal(right.lines.at(-1), "0 errors, 0 warnings in 1 virtual machine.");
  const wrong = await run({ "vm.json": textOf(all(role("app"), args("--os", "x"))) });
  assert.equal(wrong.code, 1);
  assert.equal(wrong.lines.at(-1), "1 error, 1 warning in 1 virtual machine.");
  const doubtful = await run({ "vm.json": textOf(role("app")) });
  assert.equal(doubtful.code, 0);
  assert.equal(doubtful.lines.at(-1), "0 errors, 1 warning in 1 virtual machine.");
});

Deno.test("check of several virtual machines, as JSON", async () => {
  const second = {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { name: "b" },
    spec: {},
  };
  const { lines, code } = await run({ "vm.json": textOf(beside(second)) }, { output: "json" });
  const reports: { virtualMachine: string }[] = JSON.parse(lines.join("\n"));
  assert.deepEqual(reports.map(({ virtualMachine }) => virtualMachine), [
    "VirtualMachine team/vm",
    "VirtualMachineInstance b",
  ]);
  assert.equal(code, 1);
  assert.equal(lines[1], "  {");
});

Deno.test("the files of flags are read, and so is the audience", async () => {
  const policy = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { Federated: "arn:aws:iam::111122223333:oidc-provider/x.example" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { "x.example:aud": "a" } },
    },
  };
  const files = { ...VM, "trust.json": JSON.stringify(policy) };
  const { lines } = await run(files, { trustPolicyFiles: ["trust.json"], tokenAudience: "b" });
  assert.ok(lines.some((line) => line.includes("error token-audience")), lines.join("\n"));
  const alone = textOf((fixture) => {
    containerPath()(fixture);
    fixture.serviceAccount.kind = "";
    fixture.kubevirt.kind = "";
  });
  const account = textOf((fixture) => {
    fixture.vm.kind = "";
    fixture.kubevirt.kind = "";
    role(undefined)(fixture);
  });
  const cluster = JSON.stringify({ apiVersion: "hco.kubevirt.io/v1beta1", kind: "HyperConverged" });
  const found = await run({ "vm.json": alone, "sa.json": account, "kv.json": cluster }, {
    serviceAccountFiles: ["sa.json"],
    kubevirtFiles: ["kv.json"],
  });
  for (const code of ["role-arn-missing", "gate-sidecar"]) {
    assert.ok(found.lines.some((line) => line.includes(`error ${code}`)), code);
  }
});

/** Files that lack what their flag is for, and the message. */
const LACKING: readonly (readonly [string, Parameters<typeof run>[1], RegExp])[] = [
  [
    "a service account",
    { serviceAccountFiles: ["other.json"] },
    /\/other\.json: there is no ServiceAccount in it, but ConfigMap, something without a kind\. Give --service-account a file with a ServiceAccount\.$/,
  ],
  [
    "KubeVirt",
    { kubevirtFiles: ["other.json"] },
    /no KubeVirt in it, but ConfigMap, .* Give --kubevirt a file with a KubeVirt\.$/,
  ],
  [
    "anything",
    { kubevirtFiles: ["empty.json"] },
    /\/empty\.json: there is no KubeVirt in it\. Give/,
  ],
  [
    "a trust policy",
    { trustPolicyFiles: ["other.json"] },
    /\/other\.json: there is no trust policy in it\. .*aws iam get-role --role-name NAME$/,
  ],
  ["a virtual machine", { files: ["other.json"] }, /other\.json/],
  [
    "a trust policy, beside one that has it",
    { trustPolicyFiles: ["trust.json", "other.json"] },
    /other\.json: there is no trust policy/,
  ],
];

for (const [what, options, message] of LACKING) {
  Deno.test(`a file without ${what} is refused`, async () => {
    const config = JSON.stringify({ kind: "ConfigMap", metadata: { name: "c" } });
    const other = `${config}\n---\n${config}\n---\n{"a": 1}`;
    const files = {
      ...VM,
      "other.json": other,
      "empty.json": "",
      "trust.json": `{"Statement": []}`,
    };
    await assert.rejects(run(files, options), (error) => {
      assert.ok(error instanceof ManifestError);
      assert.match(error.message, message);
      return true;
    });
  });
}

import assert from "node:assert/strict";
import { parseXml } from "@rgrove/parse-xml";
import { parse, stringify } from "yaml";
import { parseCommandLine, UsageError } from "../../src/cli/command_line.ts";
import { WINDOWS_SCRIPT_NAME } from "../../src/guest/windows/guest.ts";
import { SYSPREP_COMMAND } from "../../src/guest/windows/sysprep.ts";
import { checkManifests } from "../../src/operator/check/check.ts";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { readManifestFiles } from "../../src/operator/manifest/read_files.ts";
import { objectMember, stringMember } from "../../src/text/json.ts";
import { settingsIn } from "../support/guest_part.ts";
import { repositoryPath } from "../support/paths.ts";
import { IRSA_ENVIRONMENT, runSidecar } from "../support/sidecar.ts";
import { role, spec, windows } from "./check_case.ts";
import { all, args, beside, containerPath, type Edit, textOf } from "./edit.ts";
import { checked, codesOf, findingsOf } from "./findings.ts";
import { runHere } from "./run_here.ts";
import { scriptFor, sysprepVm, unattend } from "./sysprep_vm.ts";

/** The longest `Path` of an unattend file's RunSynchronousCommand, in characters (Microsoft's reference of Path). */
const MAX_PATH_CHARACTERS = 259;

const KEY = "eks-irsa-sidecar.ps1";

async function sysprep(edit: Edit, ...flags: string[]) {
  return await runHere({
    args: ["sysprep", "-", "--region", "eu-west-1", ...flags],
    stdin: textOf(edit),
    env: {},
  });
}

Deno.test("the script has the role of the service account, the region, and nothing of the environment", async () => {
  const { code, stdout, stderr } = await runSidecar({
    args: ["sysprep", "-", "--region", "eu-west-1"],
    stdin: textOf(sysprepVm),
    env: { ...IRSA_ENVIRONMENT, AWS_SECRET_ACCESS_KEY: "canary-secret" },
  });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(settingsIn(stdout).variables, {
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_REGION: "eu-west-1",
    AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/app",
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_WEB_IDENTITY_TOKEN_FILE: "C:\\ProgramData\\eks-irsa-sidecar\\token",
  });
});

Deno.test("the script is for Windows, whatever the VM is taken for", async () => {
  const { stdout } = await sysprep(all(sysprepVm, ({ vm }) => {
    const { metadata } = vm.spec.template;
    metadata.annotations = { ...metadata.annotations, "vm.kubevirt.io/os": "fedora" };
  }));
  assert.equal(settingsIn(stdout).mountPath, "C:\\ProgramData\\eks-irsa-sidecar\\share");
});

Deno.test("the script has the tag of the volume that the admission policy adds", async () => {
  const labels = { "eks-irsa-sidecar.github.io/inject": "true" };
  const { stdout, stderr } = await sysprep(all(sysprepVm, (fixture) => {
    fixture.vm.spec.template.metadata = { annotations: {}, labels };
  }));
  assert.equal(stderr, "");
  assert.equal(settingsIn(stdout).mountTag, "web-identity");
});

Deno.test("the script has the tag and the path of the annotation's args, and --role-arn wins", async () => {
  const path = "C:\\ProgramData\\eks-irsa-sidecar\\other";
  const { stdout } = await sysprep(
    all(sysprepVm, args("--hooks", "onDefineDomain", "--mount-tag", "t", "--mount-path", path)),
    "--role-arn",
    "arn:aws:iam::111122223333:role/other",
  );
  const { mountTag, mountPath, variables } = settingsIn(stdout);
  assert.deepEqual([mountTag, mountPath], ["t", path]);
  assert.equal(variables.AWS_ROLE_ARN, "arn:aws:iam::111122223333:role/other");
});

Deno.test("a containerPath volume's name is the tag, with and without the sidecar", async () => {
  const { stdout } = await sysprep(all(sysprepVm, containerPath("web-identity")));
  assert.equal(settingsIn(stdout).mountTag, "web-identity");
});

Deno.test("the script is a value that YAML keeps: short ASCII lines, as a block", async () => {
  const { stdout } = await sysprep(sysprepVm);
  assert.match(stdout, /^[\n -~]*$/);
  assert.match(KEY, /^[-._a-zA-Z0-9]+$/);
  const yaml = stringify({ data: { [KEY]: stdout } }, { lineWidth: 0 });
  assert(yaml.startsWith(`data:\n  ${KEY}: |\n`), yaml.slice(0, 80));
  assert.equal(parse(yaml).data[KEY], stdout);
  assert(stdout.length < 64 * 1024, "a ConfigMap holds 1 MiB, with the unattend files");
});

Deno.test("a patch sets the key of the ConfigMap or of the Secret that the volume names", async () => {
  const script = (await sysprep(sysprepVm)).stdout;
  const ofConfigMap = await sysprep(sysprepVm, "--output", "patch");
  assert.deepEqual(JSON.parse(ofConfigMap.stdout), { data: { [KEY]: script } });
  const secret = spec((s) => s.volumes[2] = { name: "s", sysprep: { secret: { name: "u" } } });
  const ofSecret = await sysprep(all(sysprepVm, secret), "--output", "patch");
  assert.deepEqual(JSON.parse(ofSecret.stdout), { stringData: { [KEY]: script } });
});

Deno.test("the command fits an unattend file's Path, needs no escape in XML, and needs no manifest", async () => {
  const { code, stdout } = await runHere({ args: ["sysprep", "--output", "command"] });
  assert.deepEqual([code, stdout], [0, `${SYSPREP_COMMAND}\n`]);
  assert(SYSPREP_COMMAND.length <= MAX_PATH_CHARACTERS, `it has ${SYSPREP_COMMAND.length}`);
  assert.doesNotMatch(SYSPREP_COMMAND, /[&<>%]/);
});

Deno.test("the command and the later boots look for the same name and label", async () => {
  const search = await Deno.readTextFile(repositoryPath("src/guest/windows/disk.ps1"));
  assert(search.includes(`'unattendCD' = '${WINDOWS_SCRIPT_NAME}'`));
  assert(SYSPREP_COMMAND.includes("'unattendCD'"));
  assert(SYSPREP_COMMAND.includes(`\\${WINDOWS_SCRIPT_NAME}'`));
});

/** Manifests for which there is no script, and the message. */
const REFUSED: Readonly<Record<string, readonly [Edit, RegExp]>> = {
  "no sysprep volume": [
    windows,
    /has no sysprep volume, from whose CD .* needs a cloud-init volume/,
  ],
  "no role": [all(sysprepVm, role(undefined)), /app has no annotation .* or set --role-arn/],
  "no service account": [
    all(sysprepVm, ({ serviceAccount }) => serviceAccount.kind = ""),
    /The role of the service account app is unknown: add its manifest, or set --role-arn/,
  ],
  "two virtual machines": [
    all(
      sysprepVm,
      beside({ apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", metadata: { name: "two" } }),
    ),
    /one virtual machine, and there are 2/,
  ],
  "args that a Windows guest cannot follow": [
    all(sysprepVm, args("--token-readers", "root")),
    /--token-readers can only be everyone/,
  ],
};

for (const [what, [edit, message]] of Object.entries(REFUSED)) {
  Deno.test(`there is no script for: ${what}`, async () => {
    const { code, stdout, stderr } = await sysprep(edit);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  });
}

Deno.test("the script needs a region and a file, and the command neither", () => {
  assert.throws(() => parseCommandLine(["sysprep", "vm.yaml"]), UsageError);
  assert.throws(() => parseCommandLine(["sysprep", "--region", "x"]), UsageError);
  assert.deepEqual(parseCommandLine(["sysprep", "--output", "command"]), {
    name: "sysprep",
    options: { output: "command" },
  });
});

Deno.test("check: nothing is wrong with a VM whose ConfigMap has today's script and the command", () => {
  const right = unattend({ "unattend.xml": SYSPREP_COMMAND, [KEY]: scriptFor() });
  assert.deepEqual(codesOf(all(sysprepVm, right)), []);
  const windowsLines = unattend({
    "unattend.xml": SYSPREP_COMMAND,
    [KEY]: scriptFor().replaceAll("\n", "\r\n"),
  });
  assert.deepEqual(codesOf(all(sysprepVm, windowsLines)), []);
});

Deno.test("check: a Secret is read as a ConfigMap is", () => {
  const secret = (key: string) =>
    all(
      sysprepVm,
      spec((s) => s.volumes[2] = { name: "s", sysprep: { secret: { name: "u" } } }),
      beside({
        kind: "Secret",
        metadata: { name: "u", namespace: "team" },
        data: { "unattend.xml": btoa(SYSPREP_COMMAND), [key]: btoa(scriptFor()) },
      }),
    );
  assert.deepEqual(codesOf(secret(KEY)), []);
  assert.deepEqual(codesOf(secret("another.ps1")), ["sysprep-script-missing"]);
});

/** Scripts that are not today's, and what check says of each. */
const STALE: Readonly<Record<string, readonly [string, RegExp]>> = {
  "another role": [
    scriptFor("arn:aws:iam::111122223333:role/b"),
    /today's: another AWS_ROLE_ARN\./,
  ],
  "another release": [
    scriptFor().replace("$product =", "# Older.\n$product ="),
    /today's: the script of another release\./,
  ],
  "an empty file": ["", /it holds no settings of the script/],
  "settings that are cut off": [
    scriptFor().replace(/(#eks-irsa-settings: .{20})\S+/, "$1"),
    /it holds no settings of the script/,
  ],
};

for (const [what, [script, message]] of Object.entries(STALE)) {
  Deno.test(`check: the script on the CD is stale: ${what}`, () => {
    const found = findingsOf(all(sysprepVm, unattend({ [KEY]: script })));
    const stale = found.filter(({ code }) => code === "sysprep-script-stale");
    assert.match(stale.map(({ what }) => what).join(), message);
  });
}

Deno.test("check: a tag that has changed since is stale, and another region is not known to be", () => {
  const withTag = args("--hooks", "onDefineDomain", "--mount-tag", "other");
  const [tag] = findingsOf(all(sysprepVm, withTag, unattend({ [KEY]: scriptFor() })));
  assert.match(tag?.what ?? "", /another mountTag/);
  const elsewhere = scriptFor(undefined, "us-gov-west-1");
  assert.deepEqual(codesOf(all(sysprepVm, unattend({ [KEY]: elsewhere }))), []);
});

Deno.test("check: a role that is not known is not compared", () => {
  const unknown: Edit = ({ serviceAccount }) => serviceAccount.kind = "";
  assert.deepEqual(codesOf(all(sysprepVm, unknown, unattend({ [KEY]: scriptFor("a") }))), []);
});

Deno.test("check: beside cloud-init data with our part, the CD's script is not looked at", () => {
  const both: Edit = spec((s) => {
    s.volumes.push({ name: "sysprep", sysprep: { configMap: { name: "unattend" } } });
    s.volumes[2] = { name: "ci", cloudInitConfigDrive: { userData: "#ps1_sysnative\n" } };
    s.domain.devices.disks[1] = { name: "ci", cdrom: { bus: "sata" } };
  });
  assert.deepEqual(codesOf(all(both, unattend({ "unattend.xml": "<unattend/>" }))), []);
});

Deno.test("check: a ConfigMap that was not given is named", () => {
  const sentences = checked(sysprepVm).flatMap(({ context }) => notChecked(context)).join();
  assert.match(sentences, /ConfigMap unattend has the script for the guest\. Add its manifest/);
});

Deno.test("check: the fix for a VM with sysprep alone is the script, and args that start the VM", () => {
  const [found] = findingsOf(all(sysprepVm, args()));
  assert.equal(found?.code, "cloud-init-missing");
  assert.match(found?.fix ?? "", /what eks-irsa-sidecar sysprep prints: add it to the ConfigMap/);
  assert.equal(found?.snippet, '"args": ["--hooks", "onDefineDomain"]');
});

Deno.test("check: --mount-path outside of the script's folder is a warning here too", () => {
  const elsewhere = args("--hooks", "onDefineDomain", "--mount-path", "D:\\token");
  assert.deepEqual(codesOf(all(sysprepVm, elsewhere)), ["windows-mount-path"]);
});

Deno.test("preview says that the CD's script gives the role, where it has no part of its own", async () => {
  const preview = async (edit: Edit) => {
    const { stdout } = await runHere({ args: ["preview", "-"], stdin: textOf(edit) });
    return stdout;
  };
  const sentence =
    /by the script on the CD of the sysprep volume, if it is there: the command sysprep/;
  assert.match(await preview(sysprepVm), sentence);
  assert.doesNotMatch(await preview(windows), sentence);
});

Deno.test("the example lacks the script alone, and its answer file has the command", async () => {
  const path = repositoryPath("examples/windows-sysprep.yaml");
  const manifests = await readManifestFiles([path]);
  const codes = () =>
    checkManifests(manifests, [path]).flatMap(({ findings }) => findings.map(({ code }) => code));
  assert.deepEqual(codes(), ["sysprep-script-missing"]);
  const args = ["sysprep", path, "--region", "us-east-1", "--output", "patch"];
  const { stdout } = await runHere({ args });
  const configMap = manifests.find(({ kind }) => kind === "ConfigMap");
  const data = objectMember(configMap?.object, "data") ?? {};
  const document = parseXml(stringMember(data, "unattend.xml") ?? "");
  assert.equal(
    document.text.split("\n").find((line) => line.includes("powershell"))?.trim(),
    SYSPREP_COMMAND,
  );
  Object.assign(data, JSON.parse(stdout).data);
  assert.deepEqual(codes(), []);
});

import assert from "node:assert/strict";
import { manifestCloudInit } from "../../src/manifest/cloud_init.ts";
import { hookSidecars, ourSidecar } from "../../src/manifest/hook_sidecars.ts";
import { readManifestFiles } from "../../src/manifest/read_files.ts";
import { virtualMachinesIn } from "../../src/manifest/virtual_machine.ts";
import { previewDomain } from "../../src/preview/domain.ts";
import { settingsIn } from "../support/guest_part.ts";
import { repositoryPath } from "../support/paths.ts";
import { IRSA_ENVIRONMENT, runSidecar, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

const CANARY = "canary-secret";
const SECRETS = {
  ...IRSA_ENVIRONMENT,
  AWS_SECRET_ACCESS_KEY: `${CANARY}-key`,
  AWS_SESSION_TOKEN: `${CANARY}-session`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: `${CANARY}-authorization`,
};

const MANIFESTS = [
  "examples/linux-webhook.yaml",
  "examples/linux-container-path.yaml",
  "examples/windows.yaml",
  "tests/operator/manifests/anchors.yaml",
  "tests/operator/manifests/cirros-script.yaml",
  "tests/operator/manifests/gzip.yaml",
  "tests/operator/manifests/windows-preference.yaml",
];

for (const name of MANIFESTS) {
  Deno.test(`preview of ${name} shows what serve does`, async () => {
    const file = repositoryPath(name);
    const [virtualMachine] = virtualMachinesIn(await readManifestFiles([file]), [file]);
    assert.ok(virtualMachine);
    const { vmi } = virtualMachine;
    const cloudInit = manifestCloudInit(vmi);
    assert.ok(cloudInit);
    await using sidecar = await startSidecar({
      args: ourSidecar(hookSidecars(vmi))?.args ?? [],
    });
    const launcher = new VirtLauncher(sidecar.socket);
    const decoder = new TextDecoder();
    const served = await launcher.preCloudInitIso({
      vmi,
      cloudInitData: JSON.parse(decoder.decode(cloudInit.fields.cloudInitData)),
    });
    const domainXml = decoder.decode(previewDomain(vmi));
    const domain = await launcher.onDefineDomain({ vmi, domainXml });

    const userData = await preview(file, "--output", "user-data");
    assert.equal(userData.stdout, served.UserData);
    const [report] = JSON.parse((await preview(file, "--output", "json")).stdout);
    const added = domain.split("\n").filter((line) => !domainXml.split("\n").includes(line));
    assert.deepEqual(
      report.domain.diff.filter((line: string) => line.startsWith("+")),
      added.map((line) => `+${line}`),
    );
  });
}

Deno.test("no output has a secret of the role's in it, encoded or not", async () => {
  const file = repositoryPath("examples/linux-webhook.yaml");
  for (const output of ["text", "json", "user-data", "domain"]) {
    const { code, stdout, stderr } = await runSidecar({
      args: ["preview", file, "--output", output],
      env: SECRETS,
    });
    assert.equal(code, 0, stderr);
    assert.ok(!(stdout + stderr).includes(CANARY), output);
    if (output === "user-data") {
      const { variables } = settingsIn(stdout);
      assert.equal(variables.AWS_SECRET_ACCESS_KEY, "********");
      assert.equal(variables.AWS_ROLE_ARN, IRSA_ENVIRONMENT.AWS_ROLE_ARN);
    }
  }
});

Deno.test("a variable that the guest cannot hold is named with its reason, and its secret is not", async () => {
  const { stdout } = await runSidecar({
    args: ["preview", repositoryPath("examples/linux-webhook.yaml")],
    env: { ...SECRETS, AWS_SECRET_ACCESS_KEY: `${CANARY}#cut` },
  });
  assert.match(stdout, /AWS_SECRET_ACCESS_KEY is left out: \/etc\/environment would cut/);
  assert.ok(!stdout.includes(CANARY));
  assert.ok(!stdout.includes("AWS_SECRET_ACCESS_KEY="));
});

Deno.test("the role comes from the flag, the environment, the service account or an example", async () => {
  const withAccount = repositoryPath("examples/windows.yaml");
  const without = repositoryPath("tests/operator/manifests/gzip.yaml");
  const roleOf = async (args: readonly string[], env: Record<string, string>) => {
    const { stdout } = await runSidecar({ args: ["preview", ...args, "--output", "json"], env });
    const [{ role, region }] = JSON.parse(stdout);
    return `${role.arn} ${region.name}`;
  };
  const flags = ["--role-arn", "arn:aws:iam::999999999999:role/tried", "--region", "eu-west-1"];
  assert.match(await roleOf([withAccount, ...flags], IRSA_ENVIRONMENT), /role\/tried eu-west-1/);
  assert.match(await roleOf([withAccount], IRSA_ENVIRONMENT), /role\/vm-reader eu-central-1/);
  assert.match(await roleOf([withAccount], {}), /role\/build-agent us-east-1/);
  assert.match(await roleOf([without], {}), /role\/example us-east-1/);
  // A person's own variables are not those of a pod.
  const personal = { AWS_REGION: "sa-east-1", AWS_PROFILE: "me" };
  assert.match(await roleOf([without], personal), /role\/example us-east-1/);
});

Deno.test("flags of the command line win over the annotation's args", async () => {
  const file = repositoryPath("tests/operator/manifests/anchors.yaml");
  const { stdout } = await preview(file, "--token-readers", "root");
  assert.match(stdout, /readable by root alone\n.*mounted at \/srv\/identity\n/);
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  // By the hook: this guest is found to be Linux.
  ["linux-webhook", "C:\\token", /^VirtualMachine reports\/report-writer: .*of a Linux guest/],
  // At the start: the annotation has --os windows.
  ["windows", "/token", /^VirtualMachine \S+: .*The flag --mount-path names no path of a Windows/],
];

for (const [example, path, message] of REFUSED) {
  Deno.test(`what serve would refuse is said, with exit code 1: ${example} ${path}`, async () => {
    const file = repositoryPath(`examples/${example}.yaml`);
    const { code, stderr } = await preview(file, "--mount-path", path);
    assert.equal(code, 1);
    assert.match(stderr, message);
  });
}

function preview(...args: readonly string[]) {
  return runSidecar({ args: ["preview", ...args], env: IRSA_ENVIRONMENT });
}

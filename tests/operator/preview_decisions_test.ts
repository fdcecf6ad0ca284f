import assert from "node:assert/strict";
import { settingsIn } from "../support/guest_part.ts";
import { repositoryPath } from "../support/paths.ts";
import { IRSA_ENVIRONMENT, runSidecar } from "../support/sidecar.ts";
import { noCloudInit, role, s390x, windows } from "./check_case.ts";
import { all, args, containerPath, type Edit, textOf, userData } from "./edit.ts";
import { runHere } from "./run_here.ts";

const CANARY = "canary-secret";
const SECRETS = {
  ...IRSA_ENVIRONMENT,
  AWS_SECRET_ACCESS_KEY: `${CANARY}-key`,
  AWS_SESSION_TOKEN: `${CANARY}-session`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: `${CANARY}-authorization`,
};

Deno.test("an annotation that cannot be read is reported with its place, and exit code 1", async () => {
  const { code, stdout } = await preview(
    repositoryPath("tests/operator/manifests/annotation-comma.yaml"),
  );
  assert.equal(code, 1);
  assert.match(stdout, /annotation-comma\.yaml:10\) cannot be read, .*: it is not JSON: a comma/);
  assert.match(
    stdout,
    /Sidecar +unknown, .* cannot be read: it is not JSON: a comma stands before/,
  );
});

Deno.test("a domain has a title that says what it leaves out", async () => {
  const { stdout } = await preview(repositoryPath("examples/windows.yaml"), "--output", "domain");
  assert.match(stdout, /^--- VirtualMachine .*: the relevant parts of KubeVirt's domain\n/);
});

Deno.test("an unchanged domain is named in a line, without a diff", async () => {
  const { stdout } = await preview(
    repositoryPath("examples/linux-container-path.yaml"),
    "--delivery=cloud-init",
    "--output",
    "domain",
  );
  assert.equal(stdout, "VirtualMachine reports/report-writer: the domain is unchanged.\n");
});

Deno.test("where nothing mounts the share, JSON and text have no token and no variables", async () => {
  const stdin = textOf(all(s390x, args("--hooks", "onDefineDomain")));
  const run = (...more: readonly string[]) =>
    runHere({ args: ["preview", "-", ...more], stdin, env: IRSA_ENVIRONMENT });
  const [{ token, variables, leftOut }] = JSON.parse((await run("--output", "json")).stdout);
  assert.deepEqual([token, variables, leftOut], [null, {}, []]);
  const { stdout } = await run();
  assert.match(stdout, /Token +not in the guest.*\n +Variables +none\n/);
});

Deno.test("no output of the program has a credential in it, encoded or not", async () => {
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
  const { stdout } = await runHere({
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
    const { stdout } = await runHere({ args: ["preview", ...args, "--output", "json"], env });
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

/** Ways to share the token, and what happens to a VM whose service account has no role. */
const ROLELESS: readonly (readonly [string, Edit, RegExp])[] = [
  ["the webhook", () => {}, /app has no role: the VM boots as it would without the sidecar\. To/],
  ["hooks by name", args("--hooks", "onDefineDomain"), /the VM boots as it would without/],
  ["containerPath", containerPath(), /the containerPath volume token, and the VM does not start\./],
];

for (const [way, edit, warning] of ROLELESS) {
  Deno.test(`a service account without a role gives the guest nothing: ${way}`, async () => {
    const stdin = textOf(all(edit, role(undefined)));
    const run = (...args: readonly string[]) =>
      runHere({ args: ["preview", "-", ...args], stdin, env: {} });
    const [report] = JSON.parse((await run("--output", "json")).stdout);
    assert.equal(report.role.arn, null);
    assert.match(report.role.source, /service account app has no annotation eks\.amazonaws\.com/);
    const { token, variables, userData, domain } = report;
    assert.deepEqual([token, variables, userData.outcome, domain.diff], [
      null,
      {},
      "not asked",
      [],
    ]);
    assert.equal(domain.deviceSocket, null);
    assert.match(report.warnings.join(), warning);
    const { stdout } = await run();
    assert.match(stdout, /Role +none: the service account app has no annotation/);
    assert.match(stdout, /Variables +none\n +User data +unchanged: the pod has no role\n/);
    assert.match(stdout, warning);
    assert.ok(!stdout.includes("role/example"));
    const tried = await run("--role-arn", "arn:aws:iam::111122223333:role/tried");
    assert.match(tried.stdout, /Role +arn:aws:iam::111122223333:role\/tried \(by --role-arn\)/);
    assert.ok(!tried.stdout.includes("has no role"));
  });
}

Deno.test("a failure that needs a role says that the VM has none", async () => {
  const stdin = textOf(all(args("--mount-path", "C:\\token"), role(undefined)));
  const { stderr } = await runHere({ args: ["preview", "-"], stdin, env: {} });
  assert.match(stderr, /of a Linux guest.* This applies once the service account app has a role/);
});

/** What a preview cannot read or fix, and its warning. */
const WARNINGS: readonly (readonly [string, Edit, RegExp])[] = [
  [
    "a preference that KubeVirt infers",
    ({ vm }) => vm.spec.preference = { inferFromVolume: "root" },
    /Linux is assumed, because preview does not read the preference/,
  ],
  ["no cloud-init volume", noCloudInit, /add one, or give the sidecar --hooks onDefineDomain/],
  [
    "no cloud-init volume beside a containerPath volume",
    all(noCloudInit, containerPath()),
    /add one, or give the sidecar --hooks onDefineDomain/,
  ],
];

for (const [what, edit, warning] of WARNINGS) {
  Deno.test(`preview warns of ${what}`, async () => {
    const stdin = textOf(edit);
    const { stdout } = await runHere({ args: ["preview", "-"], stdin, env: {} });
    assert.match(stdout, warning);
  });
}

/** VMs, and the way that their role goes. */
const DELIVERIES: readonly (readonly [string, Edit, RegExp])[] = [
  [
    "cloud-init",
    () => {},
    /Delivery +by the cloud-init data; without cloud-init, by the domain to systemd 256 or later\n/,
  ],
  ["by the flag", args("--delivery", "cloud-init"), /Delivery +by the cloud-init data\n/],
  ["s390x", s390x, /Delivery +by the cloud-init data\n +not by the domain: .* has no SMBIOS\n/],
  [
    "Ignition",
    userData('{"ignition": {}}'),
    /Delivery +by the domain, .*\n(.*\n)* +User data +unchanged: it .*\n/,
  ],
  [
    "no cloud-init volume",
    all(noCloudInit, args("--hooks", "onDefineDomain")),
    /Delivery +by the domain, to a guest with systemd 252 or later\n +Token +\/run\/aws/,
  ],
  ["a VM that does not start", noCloudInit, /Delivery +none\n +Token +not in the guest/],
  ["Windows by the domain", all(windows, args("--delivery", "domain")), /Delivery +none\n/],
  ["no role", role(undefined), /Delivery +none\n/],
];

for (const [what, edit, expected] of DELIVERIES) {
  Deno.test(`preview shows the way of the role: ${what}`, async () => {
    const { stdout } = await runHere({ args: ["preview", "-"], stdin: textOf(edit), env: {} });
    assert.match(stdout, expected);
  });
}

Deno.test("preview shows an OEM string as its name, its size and what it holds; the JSON has it whole", async () => {
  const stdin = textOf(all(noCloudInit, args("--hooks", "onDefineDomain")));
  const run = (output: string) =>
    runHere({ args: ["preview", "-", "--output", output], stdin, env: SECRETS });
  for (const output of ["text", "domain"]) {
    const { stdout } = await run(output);
    assert.match(
      stdout,
      /eks-irsa-sidecar:gzip=…<\/entry> \(\d+ characters: the script with the settings\)/,
    );
    assert.match(
      stdout,
      /tmpfiles\.extra=…<\/entry> \(\d+ characters: what systemd 252 to 255 need instead\)/,
    );
    assert.doesNotMatch(stdout, /[A-Za-z0-9+/=]{100}/);
  }
  const { stdout } = await run("json");
  assert.match(stdout, /eks-irsa-sidecar:gzip=[A-Za-z0-9+/=]{1000,}<\/entry>/);
});

Deno.test("a credential does not go by the domain alone, and preview says so", async () => {
  const preview = async (edit: Edit) =>
    (await runHere({ args: ["preview", "-"], stdin: textOf(edit), env: SECRETS })).stdout;
  const byDomain = await preview(all(noCloudInit, args("--hooks", "onDefineDomain")));
  assert.match(byDomain, /AWS_SECRET_ACCESS_KEY is left out: it is a credential/);
  assert.doesNotMatch(byDomain, /AWS_SECRET_ACCESS_KEY=/);
  assert.match(await preview(() => {}), /AWS_SECRET_ACCESS_KEY=\*{8}/);
});

Deno.test("flags of the command line win over the annotation's args", async () => {
  const file = repositoryPath("tests/operator/manifests/anchors.yaml");
  const { stdout } = await preview(file, "--token-readers", "root");
  assert.match(stdout, /readable by root alone\n.*mounted at \/srv\/identity\n/);
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  // By the hook: this guest is found to be Linux.
  [
    "linux-webhook",
    "C:\\token",
    /^VirtualMachine reports\/report-writer \(.*\): .*of a Linux guest/,
  ],
  // At the start: the annotation has --os windows.
  [
    "windows",
    "/token",
    /^VirtualMachine \S+ \(.*\): .*The flag --mount-path names no path of a Windows/,
  ],
];

for (const [example, path, message] of REFUSED) {
  Deno.test(`what serve would refuse is reported, with exit code 1: ${example} ${path}`, async () => {
    const file = repositoryPath(`examples/${example}.yaml`);
    const { code, stderr } = await preview(file, "--mount-path", path);
    assert.equal(code, 1);
    assert.match(stderr, message);
  });
}

Deno.test("what serve would refuse is in the JSON too, with its place", async () => {
  const { stdout } = await preview(
    repositoryPath("examples/linux-webhook.yaml"),
    "--mount-path=C:\\token",
    "--output=json",
  );
  const [{ file, line, failure }] = JSON.parse(stdout);
  assert.match(`${file}:${line} ${failure}`, /linux-webhook\.yaml:16 The flag --mount-path/);
});

function preview(...args: readonly string[]) {
  return runHere({ args: ["preview", ...args], env: IRSA_ENVIRONMENT });
}

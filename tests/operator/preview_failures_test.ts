import assert from "node:assert/strict";
import { noCloudInit, role, spec } from "./check_case.ts";
import { optedIn } from "./check_cases_admission.ts";
import { all, annotation, args, beside, cloudInit, type Edit, userData } from "./edit.ts";
import { preview } from "./previewed.ts";

const secretRef = cloudInit({ secretRef: { name: "s" } });

/** Outputs that do not have the warnings, and what is on stderr instead. */
for (const output of ["user-data", "domain"]) {
  Deno.test(`--output ${output} reports an annotation that cannot be read on stderr`, async () => {
    const { code, stderr } = await preview(annotation("[,]"), ["--output", output]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^The annotation hooks\.kubevirt\.io\/hookSidecars \(vm\.yaml:13\) cannot be read, and the VM does not start: it is not JSON: a value is expected\.$/m,
    );
  });
}

Deno.test("text and JSON report it once, and preview does not name the next command", async () => {
  for (const output of ["text", "json"]) {
    const { code, stdout, stderr } = await preview(annotation("[,]"), ["--output", output]);
    assert.deepEqual([code, stderr], [1, ""]);
    assert.equal(stdout.match(/cannot be read, and the VM does not start/g)?.length, 1);
    assert.doesNotMatch(stdout, /To find mistakes/);
  }
});

const takenNames = spec((s) => {
  for (const name of ["web-identity", "eks-irsa-sidecar-token"]) {
    s.volumes.push({ name, emptyDisk: {} });
  }
});

/** VMs that do not start, or whose guest cannot reach the token, and the message. */
const FAILURES: readonly (readonly [string, Edit, readonly string[], RegExp])[] = [
  [
    "a name that is taken",
    all(optedIn, takenNames),
    [],
    /^VirtualMachine team\/vm \(vm\.yaml:1\): the VM would not start\. A volume of it has the name .*: rename that volume\.\n$/,
  ],
  [
    "args of another command",
    args("version"),
    [],
    /: the VM would not start\. The args of the sidecar run version\. Use serve, or no command\./,
  ],
  ["args that are not valid", args("--os", "macos"), [], /: the VM would not start\. .*--os/],
  [
    "no share of the token",
    () => {},
    ["--pod"],
    /\(vm\.yaml:1\): The guest gets no role: .* by EKS Pod Identity.* with the name of that volume\.\n$/,
  ],
  [
    "args that are not valid, without a role",
    all(args("--os", "macos"), role(undefined)),
    [],
    /: the VM would not start\. (?!.*applies once)/,
  ],
  [
    "args that do not fit the guest, without a role",
    all(args("--mount-path", "C:\\token"), role(undefined)),
    [],
    /This applies once the service account app has a role; it has none now\.\n$/,
  ],
];

const POD = {
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE:
    "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/token",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
};

for (const [what, edit, flags, message] of FAILURES) {
  Deno.test(`a failure is reported with exit code 1: ${what}`, async () => {
    const env = flags.includes("--pod") ? POD : {};
    const { code, stdout, stderr } = await preview(edit, [], env);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
    const json = await preview(edit, ["--output", "json"], env);
    const [{ virtualMachine, file, line, failure }] = JSON.parse(json.stdout);
    assert.deepEqual([json.code, json.stderr, virtualMachine, file, line], [
      1,
      "",
      "VirtualMachine team/vm",
      "vm.yaml",
      1,
    ]);
    assert.ok(stderr.includes(failure));
  });
}

const two = beside({
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachine",
  metadata: { name: "two" },
});

/** User data that is not printed, and why. */
const NOT_PRINTED: readonly (readonly [string, Edit, RegExp])[] = [
  ["of two VMs", two, /prints the user data of one virtual machine, and there are 2: give a file/],
  [
    "in a Secret",
    secretRef,
    /The user data is in the Secret s, which was not given: add the Secret with the user data\./,
  ],
  [
    "that is not changed",
    args("--hooks", "onDefineDomain"),
    /The sidecar would not change the user data: --output text prints the reason\./,
  ],
  ["of no cloud-init volume", noCloudInit, /The sidecar would not change the user data/],
];

for (const [what, edit, message] of NOT_PRINTED) {
  Deno.test(`there is no user data to print: ${what}`, async () => {
    const { code, stdout, stderr } = await preview(edit, ["--output", "user-data"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  });
}

Deno.test("of several VMs each is shown, and one that fails does not hide the others", async () => {
  const { code, stdout, stderr } = await preview(all(args("--os", "macos"), two));
  assert.equal(code, 1);
  assert.match(stdout, /^VirtualMachine two \(vm\.yaml:\d+\)$/m);
  assert.match(stderr, /^VirtualMachine team\/vm /);
});

const damaged = all(
  secretRef,
  beside({ kind: "Secret", metadata: { name: "s" }, data: { userData: "H4sIAAAAAAAAAw==" } }),
);

Deno.test("user data that KubeVirt damages is a failure only if the sidecar is called with it", async () => {
  const { code, stderr } = await preview(damaged);
  assert.equal(code, 1);
  assert.match(stderr, /: the VM would not start\. The user data is gzip/);
  assert.equal((await preview(all(damaged, args("--hooks", "onDefineDomain")))).code, 0);
});

Deno.test("args that do not fit the guest are a failure, even if only the user data names the guest", async () => {
  const windowsByUserData = all(
    spec((s) => s.volumes[0] = { name: "root", emptyDisk: {} }),
    userData("#ps1_sysnative\nexit\n"),
    args("--mount-path", "/srv/x"),
    role(undefined),
  );
  const { code, stderr } = await preview(windowsByUserData);
  assert.equal(code, 1);
  assert.match(stderr, /--mount-path .* of a Windows guest/);
});

import assert from "node:assert/strict";
import { styleFor } from "../../src/cli/style.ts";
import { diffLine, previewText } from "../../src/operator/preview/text.ts";
import { IRSA_ENVIRONMENT } from "../support/sidecar.ts";
import { masquerade, metadata, noCloudInit, role, s390x, spec, windows } from "./check_case.ts";
import {
  byAnnotation,
  byVolume,
  deployed,
  labelled,
  namespace,
  optedIn,
  POLICY,
  unlabelled,
} from "./check_cases_admission.ts";
import {
  all,
  annotation,
  args,
  beside,
  cloudInit,
  containerPath,
  type Edit,
  sidecars,
  textOf,
  userData,
} from "./edit.ts";
import { runHere } from "./run_here.ts";
import { sysprepVm } from "./sysprep_vm.ts";

const SOCKET = "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock";

/** Previews a VM. In the texts, its file is vm.yaml. */
async function preview(
  edit: Edit,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await runHere({
    args: ["preview", "-", ...flags],
    stdin: textOf(edit),
    env,
  });
  const short = (text: string) => text.replaceAll(/\/\S*\/irsa-manifests-\w+\.yaml/g, "vm.yaml");
  return { code, stdout: short(stdout), stderr: short(stderr) };
}

async function reportOf(edit: Edit, flags: readonly string[] = []) {
  const { stdout } = await preview(edit, ["--output", "json", ...flags]);
  return JSON.parse(stdout)[0];
}

/** The lines of a text preview, without their indentation. */
async function linesOf(edit: Edit): Promise<readonly string[]> {
  return (await preview(edit)).stdout.split("\n").map((line) => line.trim());
}

Deno.test("the text is a table of what the sidecar would do, and names the command that finds mistakes", async () => {
  const { code, stdout, stderr } = await preview(() => {});
  assert.deepEqual([code, stderr], [0, ""]);
  const text = stdout.replaceAll(/\d+(?= (characters|bytes))/g, "N").replace(
    /<address [^/]*\/>/,
    "…",
  );
  assert.equal(
    text,
    `VirtualMachine team/vm (vm.yaml:1)
  Sidecar    eks-irsa-sidecar:0.1.0
  Guest      linux (the image is registry.example/fedora:42)
  Identity   IRSA
  Role       arn:aws:iam::111122223333:role/app (by the annotation of the service account app)
  Delivery   by the cloud-init data; without cloud-init, by the domain to systemd 256 or later
  Token      /run/aws-iam-token/token in the guest, readable by every user
             from the virtiofs share aws-iam-token, mounted at /aws-iam-token
  Variables  AWS_DEFAULT_REGION=us-east-1
             AWS_REGION=us-east-1 (an example: EKS sets the cluster's region; set it here with --region)
             AWS_ROLE_ARN=arn:aws:iam::111122223333:role/app
             AWS_STS_REGIONAL_ENDPOINTS=regional
             AWS_WEB_IDENTITY_TOKEN_FILE=/run/aws-iam-token/token
  User data  a message (the original is: #cloud-config)
             added     text/cloud-boothook, eks-irsa-sidecar.sh, N bytes
             original  text/plain, part-001, N bytes
             added     text/part-handler, eks-irsa-sidecar.py, N bytes
  Domain          <system></system>
             +    <oemStrings>
             +      <entry>io.systemd.credential.binary:systemd.extra-unit.eks-irsa-sidecar.service=…</entry> (N characters: the unit that runs the script)
             +      <entry>io.systemd.credential.binary:systemd.unit-dropin.sysinit.target=…</entry> (N characters: a drop-in that starts the unit)
             +      <entry>eks-irsa-sidecar:gzip=…</entry> (N characters: the script with the settings)
             +    </oemStrings>
                </sysinfo>
                  </filesystem>
             +    <filesystem type="mount" accessmode="passthrough"><driver type="virtiofs" queue="1024"/><source socket="/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock"/><target dir="aws-iam-token"/>…</filesystem>
                </devices>

To find mistakes, run: eks-irsa-sidecar check vm.yaml
`,
  );
});

Deno.test("JSON has the same facts", async () => {
  const { domain, log, ...report } = await reportOf(all(userData(""), optedIn));
  const file = "/run/aws-iam-token/token";
  const variables = {
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_REGION: "us-east-1",
    AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/app",
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
  };
  const [script, handler] = report.userData.parts;
  assert.ok(script.bytes > 1000 && handler.bytes > 1000);
  assert.deepEqual(report, {
    virtualMachine: "VirtualMachine team/vm",
    file: "vm.yaml",
    line: 1,
    sidecar: "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0",
    sidecarProblem: null,
    admission: {
      outcome: "enrolled",
      added: ["the sidecar", "the volume web-identity", "the filesystem web-identity"],
    },
    guest: { os: "linux", evidence: "the image is registry.example/fedora:42" },
    identity: { kind: "web identity", agent: null },
    role: {
      arn: variables.AWS_ROLE_ARN,
      source: "by the annotation of the service account app",
    },
    region: {
      name: "us-east-1",
      source: "an example: EKS sets the cluster's region; set it here with --region",
    },
    token: {
      file,
      readers: "everyone",
      shareTag: "web-identity",
      shareMountedAt: "/aws-iam-token",
    },
    variables,
    leftOut: [],
    delivery: { way: "both", notByDomain: null },
    userData: {
      outcome: "injected",
      format: "empty",
      parts: [
        { ...script, isAdded: true, type: "text/cloud-boothook", filename: "eks-irsa-sidecar.sh" },
        { ...handler, isAdded: true, type: "text/part-handler", filename: "eks-irsa-sidecar.py" },
      ],
    },
    warnings: [],
  });
  assert.equal(domain.deviceSocket, null);
  assert.ok(domain.diff.every((line: string) => /^[ +-]/.test(line)));
  assert.match(log[0].message, /^The guest gets the role through its cloud-init data/);
});

Deno.test("the domain is a diff, and on a terminal a coloured one", async () => {
  const { code, stdout } = await preview(() => {}, ["--output", "domain"]);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^--- VirtualMachine team\/vm: the relevant parts .*\n\+\+\+ VirtualMachine team\/vm: with the sidecar\n {5}<system><\/system>\n\+ {4}<oemStrings>\n/,
  );
  const { quiet, good, bad } = styleFor(true, { TERM: "xterm" });
  const coloured = (line: string) => diffLine(line, styleFor(true, { TERM: "xterm" }));
  assert.equal(coloured(" \ta"), quiet("   a"));
  assert.equal(coloured("+\ta"), good("+  a"));
  assert.equal(coloured("-\ta\t"), bad("-  a  "));
});

const message =
  'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nx\n--b--\n';
const secretRef = cloudInit({ secretRef: { name: "s" } });
const talos = metadata("annotations", "vm.kubevirt.io/os", "talos");

/** VMs, and lines of their text previews. */
const LINES: readonly (readonly [string, Edit, readonly (string | RegExp)[]])[] = [
  ["no sidecar", sidecars(), [
    "Sidecar    not among the VM's hook sidecars",
    "Warning    The VM does not run the sidecar yet. The preview shows what it would do.",
  ]],
  ["an annotation that cannot be read", annotation("[,]"), [
    "Sidecar    unknown, because the annotation cannot be read: it is not JSON: a value is expected",
    /^Warning +The annotation .* does not start: .*\. The preview shows what the sidecar would do without args/,
  ]],
  ["the policy's parts", all(optedIn), [
    "Admission  the policy adds the sidecar, the volume web-identity, the filesystem web-identity",
  ]],
  ["an account by the annotation", byAnnotation, [
    "Admission  the policy adds the sidecar, the service account app, the volume web-identity, the filesystem web-identity",
  ]],
  ["an account by a volume", all(byAnnotation, deployed(POLICY, byVolume)), [
    /^Admission +the policy adds the sidecar, the volume serviceaccount, the volume web-identity, the filesystem serviceaccount/,
  ]],
  [
    "all of the policy's parts",
    all(optedIn, sidecars({ image: "irsa-sidecar" }), containerPath()),
    ["Admission  the policy adds nothing: all is there"],
  ],
  [
    "a policy without its binding",
    all(optedIn, deployed(POLICY, (objects) => objects.slice(0, 1))),
    [
      "Admission  the policy adds nothing: the policy, or its binding, is not among the admission policies given",
    ],
  ],
  ["another policy", all(optedIn, deployed("messages/policies.yaml")), [
    /^Admission +the policy adds nothing: the policy, or its binding, is not among/,
  ]],
  ["the label that opts out", labelled("false"), [
    'Admission  the policy adds nothing: its label eks-irsa-sidecar.github.io/inject is "false"',
  ]],
  ["an unknown label", labelled("yes"), [
    /^Admission +the policy adds nothing: its label .*\/inject is none of "true", "pod-identity" and "false"$/,
  ]],
  ["no role", all(optedIn, role(undefined)), [
    "Admission  the policy adds nothing: its service account has no role",
    "Role       none: the service account app has no annotation eks.amazonaws.com/role-arn",
    "Delivery   none",
    "Token      not in the guest, because nothing mounts the share",
    "Variables  none",
    "User data  unchanged: the pod has no role",
    "Domain     unchanged",
    /^Warning +The service account app has no role: the VM boots/,
  ]],
  ["a list of sidecars that is none", all(optedIn, annotation('{"image": "x"}')), [
    "Admission  the VM is refused: its annotation hooks.kubevirt.io/hookSidecars is not a list in JSON",
  ]],
  ["a namespace that opts out", all(unlabelled, namespace("false")), [
    /^Admission +the policy adds nothing: its label .* is "false"$/,
  ]],
  ["token readers", args("--token-readers", "group:web"), [
    /^Token .*, readable by root and the group web$/,
  ]],
  ["root as the token's reader", args("--token-readers", "root"), [/^Token .* by root alone$/]],
  ["no route to the agent", all(labelled("pod-identity"), spec((s) => s.networks = [])), [
    /^Agent +http:\/\/169\.254\.170\.23\/v1\/credentials/,
  ]],
  ["user data in a Secret", secretRef, [
    "User data  parts are added to the original, which is unknown: it is in the Secret s, which was not given",
    "Warning    Linux is assumed, because the user data was not given: if the guest is not Linux, set --os.",
  ]],
  [
    "a Secret without user data",
    all(secretRef, beside({ kind: "Secret", metadata: { name: "s" } })),
    [
      /^User data .*: it is in the Secret s, which has no userdata and no userData$/,
    ],
  ],
  ["a MIME message", userData(message), [
    "User data  a message (the original is: a MIME message)",
    `original  multipart/mixed, ${message.length} bytes`,
  ]],
  ["a script", userData("#!/bin/sh\n"), [
    /^original +text\/plain, part-001, 10 bytes$/,
  ]],
  ["another reader", talos, [
    /^User data +unchanged, and the guest gets no role: the guest is Talos/,
  ]],
  ["a reader that the domain serves", userData('{"ignition": {}}'), [/^User data +unchanged: it /]],
  ["the domain alone", args("--delivery", "domain"), [
    "Delivery   by the domain, to a guest with systemd 252 or later",
    "User data  unchanged: the sidecar does not subscribe to preCloudInitIso",
  ]],
  ["no delivery at all", all(s390x, args("--hooks", "onDefineDomain")), [
    "Delivery   none",
    "not by the domain: the machine of the domain has no SMBIOS",
    "User data  unchanged: the sidecar does not subscribe to preCloudInitIso",
  ]],
  ["no cloud-init volume", noCloudInit, [
    "User data  unchanged: the VM has no cloud-init volume",
    /^Warning +virt-launcher crashes .*: add one, or give the sidecar --hooks onDefineDomain, and the role/,
  ]],
  ["no cloud-init volume, and a domain without SMBIOS", all(noCloudInit, s390x), [
    /^Warning +virt-launcher crashes .*: add one, or remove the sidecar\.$/,
  ]],
  ["Windows", windows, [
    "Guest      windows (the annotation vm.kubevirt.io/os is windows2k22)",
    "Delivery   by the cloud-init data",
    /^added +text\/x-shellscript, eks-irsa-sidecar\.ps1, \d+ bytes$/,
  ]],
  ["a sysprep volume", sysprepVm, [/^Warning +The guest gets its role by the script on the CD/]],
  ["no hook for the domain", args("--hooks", "preCloudInitIso"), [
    "Domain     unchanged",
    /^Warning +The sidecar does not subscribe to onDefineDomain: the VM gets no device/,
  ]],
  ["another program's image", sidecars({ image: "quay.io/kubevirt/eks-irsa-sidecar:v1" }), [
    /^Warning +The image quay\.io\/kubevirt\/eks-irsa-sidecar:v1 is another program with the same name/,
  ]],
  ["a share by hand without a role", all(containerPath(), role(undefined)), [
    /^Warning .* the pod has no folder for the containerPath volume token, and the VM does not start\./,
  ]],
  [
    "a preference",
    all(spec((s) => s.volumes[0] = { name: "root", emptyDisk: {} }), ({ vm }) => {
      vm.spec.preference = { name: "own" };
    }),
    [/^Warning +Linux is assumed, because preview does not read the preference/],
  ],
];

for (const [what, edit, expected] of LINES) {
  Deno.test(`the text of a VM with ${what}`, async () => {
    const lines = await linesOf(edit);
    for (const line of expected) {
      const isThere = lines.some((found) =>
        typeof line === "string" ? found === line : line.test(found)
      );
      assert.ok(isThere, `${line}\n\n${lines.join("\n")}`);
    }
  });
}

const both = all(
  sysprepVm,
  args(),
  spec((s) => s.volumes.push({ cloudInitNoCloud: { userData: "#ps1" } })),
);
const notYet = /^The VM does not run the sidecar yet\./;
const crash = /^virt-launcher crashes when/;
const script = /^The guest gets its role by the script on the CD of the sysprep volume/;

/** VMs, and all warnings about each. */
const WARNED: readonly (readonly [string, Edit, readonly RegExp[]])[] = [
  ["the fixture", () => {}, []],
  ["the policy's parts", optedIn, []],
  ["Windows", windows, []],
  ["user data in a Secret, and a label", all(secretRef, windows), []],
  [
    "a preference beside a label",
    all(metadata("annotations", "vm.kubevirt.io/os", "fedora"), ({ vm }) => {
      vm.spec.preference = { name: "own" };
    }),
    [],
  ],
  ["no sidecar", sidecars(), [notYet]],
  ["no sidecar and no role", all(sidecars(), role(undefined)), [
    notYet,
    /^The service account app has no role/,
  ]],
  ["no role, opted in", all(optedIn, role(undefined)), [/^The service account app has no role/]],
  ["no cloud-init volume", noCloudInit, [crash]],
  ["a sysprep volume", sysprepVm, [script]],
  ["a sysprep volume alone, and a hook for cloud-init", all(sysprepVm, args()), [crash, script]],
  ["a sysprep volume beside cloud-init", both, []],
  [
    "a sysprep volume beside cloud-init, without a hook for that",
    all(both, args("--hooks", "onDefineDomain")),
    [script],
  ],
];

for (const [what, edit, expected] of WARNED) {
  Deno.test(`the warnings about a VM with ${what}`, async () => {
    const { warnings } = await reportOf(edit);
    assert.equal(warnings.length, expected.length, warnings.join("\n"));
    for (const [index, warning] of expected.entries()) assert.match(warnings[index], warning);
  });
}

/** VMs, and what JSON has of the way by the domain. */
const BY_DOMAIN: readonly (readonly [string, Edit, readonly unknown[]])[] = [
  ["the webhook's share", () => {}, ["both", null, SOCKET]],
  ["a share by hand", optedIn, ["both", null, null]],
  ["no hook for the domain", args("--hooks", "preCloudInitIso"), [
    "cloud-init",
    "--delivery or --hooks excludes it",
    null,
  ]],
  ["no SMBIOS", s390x, ["cloud-init", "the machine of the domain has no SMBIOS", SOCKET]],
  ["no SMBIOS and no role", all(s390x, role(undefined)), ["none", null, null]],
  ["Windows", windows, ["cloud-init", null, SOCKET]],
];

for (const [what, edit, expected] of BY_DOMAIN) {
  Deno.test(`JSON has the way by the domain for a VM with ${what}`, async () => {
    const { delivery: { way, notByDomain }, domain: { deviceSocket } } = await reportOf(edit);
    assert.deepEqual([way, notByDomain, deviceSocket], expected);
  });
}

Deno.test("a Windows guest gets one part beside its own", async () => {
  const { userData: { parts } } = await reportOf(windows);
  assert.deepEqual(parts.map(({ isAdded }: { isAdded: boolean }) => isAdded), [true, false]);
});

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

Deno.test("the user data is printed as the guest gets it, or as it was where nothing is added", async () => {
  const { stdout } = await preview(() => {}, ["--output", "user-data"]);
  assert.match(stdout, /^MIME-Version: 1\.0\n/);
  assert.ok(stdout.includes(`\n${btoa("#cloud-config\n")}\n`), "the original");
  assert.ok(stdout.length > 20_000);
  const original = "just words\n";
  assert.equal((await preview(userData(original), ["--output", "user-data"])).stdout, original);
});

Deno.test("in a pod, and with a flag, the account's role does not matter", async () => {
  const roleless = all(optedIn, role(undefined));
  const flag = ["--role-arn", "arn:aws:iam::111122223333:role/tried"];
  for (
    const { stdout } of [
      await preview(roleless, flag),
      await preview(roleless, [], IRSA_ENVIRONMENT),
    ]
  ) {
    assert.match(stdout, /^ {2}Admission +the policy adds the sidecar/m);
    assert.doesNotMatch(stdout, /has no role/);
  }
});

Deno.test("the role may be in the pod identity webhook's ConfigMap, also of an account that was not given", async () => {
  const config = JSON.stringify({ "team/app": { RoleARN: "arn:of:config" } });
  const webhook = beside({
    kind: "ConfigMap",
    metadata: { name: "pod-identity-webhook" },
    data: { config },
  });
  const { role: found } = await reportOf(all(role(undefined), webhook));
  const unknown = all(webhook, ({ serviceAccount }) => serviceAccount.kind = "");
  assert.deepEqual((await reportOf(unknown)).role, found);
  assert.deepEqual(found, {
    arn: "arn:of:config",
    source: "by the ConfigMap pod-identity-webhook",
  });
});

Deno.test("--token-file is the token's file in the pod", async () => {
  const report = await reportOf(containerPath("t", { path: "/token" }), [
    "--token-file",
    "/token/t",
  ]);
  assert.deepEqual(report.token.shareTag, "t");
});

Deno.test("the agent is reached by a route of its own with masquerade, and may not be with a bridge", async () => {
  const agentOf = async (edit: Edit) =>
    (await linesOf(all(labelled("pod-identity"), edit))).find((line) => line.startsWith("Agent"));
  assert.match(
    await agentOf(masquerade) ?? "",
    /, by a route of its own: 169\.254\.170\.23\/32 via/,
  );
  const bridge = spec((s) => {
    s.networks = [{ name: "default", pod: {} }];
    s.domain.devices.interfaces = [{ name: "default", bridge: {} }];
  });
  assert.match(await agentOf(bridge) ?? "", /credentials may not be reached: \S/);
});

Deno.test("JSON has what the sidecar would log, for the hook points that it subscribes to", async () => {
  const messagesOf = async (...flags: readonly string[]) =>
    (await reportOf(args(...flags))).log.map(({ message }: { message: string }) => message);
  const [byCloudInit, byDomain] = [/through its cloud-init data/, /^The virtiofs device/];
  const both = await messagesOf();
  assert.match(both[0], byCloudInit);
  assert.match(both[1], byDomain);
  const [message, ...others] = await messagesOf("--hooks", "preCloudInitIso");
  assert.match(message, byCloudInit);
  assert.deepEqual(others, []);
  assert.match((await messagesOf("--hooks", "onDefineDomain"))[0], byDomain);
});

/** VMs, and what JSON has of the admission. */
const ADMISSIONS: readonly (readonly [string, Edit, object])[] = [
  ["no label", () => {}, { outcome: "not opted in", added: [] }],
  [
    "a policy without its binding",
    all(optedIn, deployed(POLICY, (objects) => objects.slice(0, 1))),
    {
      outcome: "left alone",
      reason: "the policy, or its binding, is not among the admission policies given",
      added: [],
    },
  ],
  ["no role", all(optedIn, role(undefined)), {
    outcome: "left alone",
    reason: "its service account has no role",
    added: [],
  }],
  ["all that the policy adds", all(optedIn, sidecars({ image: "irsa-sidecar" }), containerPath()), {
    outcome: "enrolled",
    added: [],
  }],
];

for (const [what, edit, admission] of ADMISSIONS) {
  Deno.test(`JSON has the admission of a VM with ${what}`, async () => {
    assert.deepEqual((await reportOf(edit)).admission, admission);
  });
}

Deno.test("the next command has the same files", async () => {
  const { stdout } = await preview(() => {}, ["-"]);
  assert.match(stdout, /^To find mistakes, run: eks-irsa-sidecar check vm\.yaml vm\.yaml$/m);
});

Deno.test("in a pod without a region, JSON has none", async () => {
  const { AWS_ROLE_ARN = "", AWS_WEB_IDENTITY_TOKEN_FILE = "" } = IRSA_ENVIRONMENT;
  const env = { AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE };
  const { stdout } = await preview(() => {}, ["--output", "json"], env);
  assert.deepEqual(JSON.parse(stdout)[0].region, { name: "", source: "by the environment" });
});

Deno.test("on a terminal, user data that stays as it is stands out where the guest gets no role", async () => {
  const style = styleFor(true, { TERM: "xterm" });
  const text = "unchanged: the sidecar does not subscribe to preCloudInitIso";
  const textOfHooks = async (edit: Edit) =>
    previewText(await reportOf(all(edit, args("--hooks", "onDefineDomain"))), style);
  assert.ok((await textOfHooks(s390x)).includes(style.doubtful(text)));
  const served = await textOfHooks(() => {});
  assert.ok(served.includes(text) && !served.includes(style.doubtful(text)));
});

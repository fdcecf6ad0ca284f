import assert from "node:assert/strict";
import { IRSA_ENVIRONMENT } from "../support/sidecar.ts";
import { masquerade, metadata, noCloudInit, role, s390x, spec, windows } from "./check_case.ts";
import { deployed, labelled, optedIn, POLICY } from "./check_cases_admission.ts";
import { all, args, beside, cloudInit, containerPath, type Edit, sidecars } from "./edit.ts";
import { linesOf, preview, reportOf } from "./previewed.ts";
import { sysprepVm } from "./sysprep_vm.ts";

const SOCKET = "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock";

const secretRef = cloudInit({ secretRef: { name: "s" } });

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
  const { log } = await reportOf(noCloudInit);
  assert.match(log[0].message, byDomain, "there are no cloud-init data");
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

Deno.test("in a pod without a region, JSON has none", async () => {
  const { AWS_ROLE_ARN = "", AWS_WEB_IDENTITY_TOKEN_FILE = "" } = IRSA_ENVIRONMENT;
  const env = { AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE };
  const { stdout } = await preview(() => {}, ["--output", "json"], env);
  assert.deepEqual(JSON.parse(stdout)[0].region, { name: "", source: "by the environment" });
});

import assert from "node:assert/strict";
import { checkManifests } from "../../src/check/check.ts";
import { notChecked, notesOn } from "../../src/check/report.ts";
import { formatPath } from "../../src/manifest/path.ts";
import {
  ANNOTATION,
  dedicated,
  gates,
  kubevirt,
  OURS,
  SHIM,
  spec,
  TEMPLATE,
  version,
  VOLUMES,
  webhook,
} from "./check_case.ts";
import {
  all,
  args,
  beside,
  cloudInit,
  containerPath,
  type Edit,
  manifestsOf,
  sidecars,
  template,
  userData,
} from "./edit.ts";

Deno.test("Guaranteed QoS by equal limits, and the cluster's eviction strategy, are seen too", async () => {
  const limits = { cpu: "2", memory: "1Gi" };
  const equal = spec((s) =>
    s.domain.resources = { requests: { cpu: "2000m", memory: "1024Mi" }, limits }
  );
  const lower = spec((s) => s.domain.resources = { requests: { cpu: "1" }, limits });
  assert.deepEqual(await codesOf(equal), ["guaranteed-with-webhook"]);
  assert.deepEqual(await codesOf(lower), []);
  const cluster = kubevirt((kv) => kv.spec.configuration.evictionStrategy = "LiveMigrate");
  assert.deepEqual(await codesOf(cluster), ["live-migration"]);
});

Deno.test("the namespace's default service account is fine if it has a role", async () => {
  const unnamed = all(
    spec((s) => s.volumes[1] = { name: "sa", configMap: { name: "anything" } }),
    ({ serviceAccount }) => serviceAccount.metadata.name = "default",
  );
  assert.deepEqual(await codesOf(unnamed), []);
});

Deno.test("another sidecar of unknown habits is a warning, a certain one an error", async () => {
  const severities = async (edit: Edit) => (await findingsOf(edit)).map(({ severity }) => severity);
  assert.deepEqual(await severities(sidecars(OURS, { image: "other:1" })), ["warning"]);
  assert.deepEqual(await severities(sidecars(OURS, SHIM("preCloudInitIso"))), ["error"]);
});

const USER_DATA = `${VOLUMES}[2].cloudInitNoCloud.userData`;
const damagedSecret = all(
  cloudInit({ secretRef: { name: "s" } }),
  beside({ kind: "Secret", metadata: { name: "s" }, data: { userData: "H4sIAAAAAAAAAw==" } }),
);

/** What makes a hook fail, and the place that is blamed. */
const FAILURES: readonly (readonly [string, Edit, string])[] = [
  ["args", args("--mount-path", "C:\\token"), ANNOTATION],
  ["user data in a Secret", damagedSecret, "data.userData"],
  ["both", all(args("--mount-path", "C:\\token"), damagedSecret), ANNOTATION],
  ["the VMI", spec((s) => s.domain.devices.disks.push({ name: "\u0001" })), `${TEMPLATE}.spec`],
];

for (const [what, edit, place] of FAILURES) {
  Deno.test(`a hook that fails because of ${what} names that`, async () => {
    const found = (await findingsOf(edit)).filter(({ code }) => code === "hook-fails");
    assert.deepEqual(found.map(({ path }) => formatPath(path)), [place]);
  });
}

/** User data that touches what is the sidecar's, and what is found. */
const COLLISIONS: readonly (readonly [string, readonly string[]])[] = [
  ["#cloud-config\nmounts:\n- [data, /aws-iam-token/, ext4]\n", ["mount-path-taken"]],
  ["#cloud-config\nmounts: [[data, /aws-iam-token/more]]\n", ["mount-path-taken"]],
  ["#!/bin/sh\nmount tmpfs /run/aws-iam-token\n", ["mount-path-taken"]],
  ["#!/bin/sh\nmkdir /run/aws-iam-token/x\n", ["mount-path-taken"]],
  ["#!/bin/sh\ncat /run/aws-iam-token/token /aws-iam-token/token\n", []],
  ["#!/bin/sh\nls /srv/aws-iam-token /aws-iam-token.old\n", []],
  ["#cloud-config\nmounts:\n- [aws-iam-token, /srv, virtiofs]\n", ["mount-tag-mounted"]],
  ["#!/bin/sh\necho A=1 >/etc/environment\n", ["environment-replaced"]],
  ["#!/bin/sh\necho A=1 | tee /etc/environment\n", ["environment-replaced"]],
  ["#!/bin/sh\necho A=1 >> /etc/environment; tee -a /etc/environment\n", []],
  ["#cloud-config\nwrite_files: [{path: /etc/environment}]\n", ["environment-replaced"]],
  ["#cloud-config\nwrite_files:\n- {path: /etc/environment, append: true}\n", []],
  ["#cloud-config\nwrite_files:\n- append: true\n  path: /x\n- path: /etc/environment\n", [
    "environment-replaced",
  ]],
  ["#cloud-config\nwrite_files:\n- path: /etc/environment.d/x.conf\n", []],
];

for (const [text, codes] of COLLISIONS) {
  Deno.test(`collisions of ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await codesOf(userData(text)), codes);
  });
}

/** User data that cannot be carried, and what to do about it. */
const MENDS: readonly (readonly [string, RegExp])[] = [
  ['{"ignition": {"version": "3.4.0"}}', /^If another program reads it.*keep it/],
  ["version: v1alpha1\nmachine:\n  type: worker\n", /first line has to be #cloud-config\. If an/],
  ["# ours\n---\nhostname: x\n", /first line has to be #cloud-config\. If another/],
  ["just some words", /^Begin it with #cloud-config/],
];

for (const [text, mend] of MENDS) {
  Deno.test(`the mend for ${JSON.stringify(text)}`, async () => {
    const [finding] = await findingsOf(userData(text));
    assert.equal(finding?.code, "user-data-untouched");
    assert.equal(formatPath(finding?.path ?? []), USER_DATA);
    assert.match(finding?.mend ?? "", mend);
  });
}

Deno.test("the webhook among the manifests is evidence, unless it leaves the namespace out", async () => {
  const both = all(containerPath(), webhook("other"));
  const [finding] = await findingsOf(both);
  assert.equal(finding?.code, "container-path-and-webhook");
  assert.equal(formatPath(finding?.path ?? []), `${VOLUMES}[3]`);
  assert.deepEqual(await codesOf(all(containerPath(), webhook("team"))), []);
  assert.deepEqual(await codesOf(webhook("other")), []);
});

Deno.test("where nothing is known of the webhook, that is said of a containerPath VM", async () => {
  const unknown = async (edit: Edit) =>
    (await checked(edit)).flatMap(({ subject }) =>
      notChecked(subject).filter((sentence) => sentence.includes("webhook"))
    );
  assert.match(String(await unknown(all(containerPath(), dedicated))), /take the VM's own CPUs/);
  assert.equal((await unknown(containerPath())).length, 1);
  assert.deepEqual(await unknown(all(containerPath(), webhook("team"))), []);
  assert.deepEqual(await unknown(() => {}), []);
});

Deno.test("what the sidecar gets in a Guaranteed pod is said", async () => {
  const notes = async (edit: Edit) =>
    (await checked(edit)).flatMap(({ subject }) => notesOn(subject)).join();
  assert.match(await notes(dedicated), /gives the sidecar 200m CPU and 64M memory/);
  const more = kubevirt((kv) =>
    kv.spec.configuration.supportContainerResources = [
      { type: "sidecar", resources: { limits: { cpu: 1, memory: "128Mi" } } },
    ]
  );
  assert.match(await notes(all(dedicated, more)), /gives the sidecar 1 CPU and 128Mi memory/);
  assert.equal(await notes(() => {}), "");
});

Deno.test("the gates of virtiofs hang on the version", async () => {
  const shared = spec((s) => {
    s.volumes.push({ name: "data", persistentVolumeClaim: { claimName: "data" } });
    s.domain.devices.filesystems.push({ name: "data", virtiofs: {} });
  });
  const both = ["gate-virtiofs-storage", "gate-virtiofs-config"];
  const old = gates("Sidecar", "ExperimentalVirtiofsSupport");
  assert.deepEqual(await codesOf(all(shared, version("v1.4.1"))), []);
  assert.deepEqual(await codesOf(all(shared, version("v1.5.0"))), both);
  assert.deepEqual(await codesOf(all(shared, version("v1.7.0"), old)), []);
  assert.deepEqual(await codesOf(all(shared, version("v1.8.0"), old)), ["gate-virtiofs-storage"]);
});

Deno.test("an empty annotation needs no gate, and cannot be read", async () => {
  const empty: Edit = (fixture) => {
    template(fixture).metadata.annotations["hooks.kubevirt.io/hookSidecars"] = "";
  };
  assert.deepEqual(await codesOf(all(empty, gates())), ["sidecar-malformed"]);
});

async function checked(edit: Edit) {
  return checkManifests(await manifestsOf(edit), ["vm.yaml"]);
}

async function findingsOf(edit: Edit) {
  return (await checked(edit)).flatMap(({ findings }) => findings);
}

async function codesOf(edit: Edit): Promise<readonly string[]> {
  return (await findingsOf(edit)).map(({ code }) => code);
}

import assert from "node:assert/strict";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { otherWebhook, role, spec, VOLUMES, webhook } from "./check_case.ts";
import { all, args, containerPath, type Edit } from "./edit.ts";
import { codesOf, findingsOf } from "./findings.ts";

Deno.test("the webhook among the manifests is evidence, unless it excludes the namespace", () => {
  const both = all(containerPath(), webhook("other"));
  const [finding] = findingsOf(both);
  assert.equal(finding?.code, "container-path-and-webhook");
  assert.equal(formatPath(finding?.path ?? []), `${VOLUMES}[3]`);
  assert.deepEqual(codesOf(all(containerPath(), webhook("team"))), []);
  assert.deepEqual(codesOf(webhook("other")), []);
});

Deno.test("the webhook that excludes the namespace is named if the VM needs it", () => {
  const [finding] = findingsOf(webhook("team"));
  assert.equal(finding?.code, "webhook-missing");
  assert.equal(finding?.severity, "error");
  assert.equal(finding?.manifest.kind, "MutatingWebhookConfiguration");
  assert.match(finding?.what ?? "", /excludes the namespace team\.$/);
  const needless: readonly Edit[] = [
    containerPath(),
    role(undefined),
    args("--virtiofs-socket", "/run/own.sock"),
    args("--hooks", "preCloudInitIso"),
  ];
  for (const edit of needless) {
    assert.ok(!codesOf(all(edit, otherWebhook)).includes("webhook-missing"));
  }
});

/** Paths of containerPath volumes, and what is found. KubeVirt refuses the last five by itself. */
const PATHS: readonly (readonly [unknown, readonly string[]])[] = [
  ["/var/run/secrets/eks.amazonaws.com/serviceaccount", []],
  ["/run/secrets/eks.amazonaws.com/serviceaccount", ["error container-path-unmounted"]],
  ["/var/run/secrets/eks.amazonaws.com", ["error container-path-unmounted"]],
  ["/var/run/secrets/eks.amazonaws.com/serviceaccounts", ["error container-path-unmounted"]],
  ["/opt/nowhere", ["warning container-path-unmounted"]],
  ["/run/secrets/kubernetes.io/serviceaccount", ["warning container-path-unmounted"]],
  ["/var/run/secrets/kubernetes.io/serviceaccount", ["warning container-path-elsewhere"]],
  ["/var/run/kubevirt", []],
  ["/var/run/libvirtd", []],
  ["var/run/secrets", []],
  ["/opt/a..b", []],
  [undefined, []],
];

for (const [path, expected] of PATHS) {
  Deno.test(`the containerPath volume of ${path}`, () => {
    const found = findingsOf(containerPath("token", { path }));
    assert.deepEqual(found.map(({ severity, code }) => `${severity} ${code}`), expected);
  });
}

Deno.test("the folder of the Kubernetes token is mounted only for a serviceAccount volume", () => {
  const kubernetes = { path: "/var/run/secrets/kubernetes.io/serviceaccount" };
  const unnamed = spec((s) => {
    s.volumes.splice(1, 1);
    s.domain.devices.filesystems = [];
    s.serviceAccountName = "app";
  });
  assert.deepEqual(codesOf(all(unnamed, containerPath("token", kubernetes))), [
    "container-path-unmounted",
  ]);
});

Deno.test("without a role a VM with a containerPath volume does not start, and another boots", () => {
  const why = (edit: Edit) => findingsOf(edit).map((finding) => finding.why).join();
  const unnamed = spec((s) => s.volumes[1] = { name: "sa", configMap: { name: "anything" } });
  for (const edit of [role(undefined), unnamed]) {
    assert.match(why(edit), / the VM boots as if there were no sidecar\./);
    assert.match(
      why(all(edit, containerPath())),
      /for the containerPath volume token, and the VM does not start: "pod is missing virtiofs containers"/,
    );
  }
});

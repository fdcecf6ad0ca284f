import assert from "node:assert/strict";
import { otherWebhook, role, spec, webhook } from "./check_case.ts";
import { all, args, containerPath, type Edit } from "./edit.ts";
import { codesOf, findingsOf } from "./findings.ts";

Deno.test("the webhook beside a containerPath volume is no mistake", () => {
  assert.deepEqual(codesOf(all(containerPath(), webhook("other"))), []);
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

/** Paths of containerPath volumes, and what is found. KubeVirt itself refuses the last five. */
const PATHS: readonly (readonly [unknown, readonly string[]])[] = [
  ["/var/run/secrets/eks.amazonaws.com/serviceaccount", []],
  ["/run/secrets/eks.amazonaws.com/serviceaccount", ["error container-path-unmounted"]],
  ["/var/run/secrets/eks.amazonaws.com", ["error container-path-unmounted"]],
  ["/var/run/secrets/eks.amazonaws.com/serviceaccounts", ["error container-path-unmounted"]],
  ["/opt/nowhere", ["warning container-path-unmounted"]],
  ["/run/secrets/kubernetes.io/serviceaccount", ["warning container-path-unmounted"]],
  ["/var/run/secrets/kubernetes.io/serviceaccount", ["warning container-path-elsewhere"]],
  ["/var/run/kubevirt", ["warning container-path-unmounted"]],
  ["/var/run/libvirtd", ["warning container-path-unmounted"]],
  ["var/run/secrets", ["warning container-path-unmounted"]],
  ["/opt/a..b", ["warning container-path-unmounted"]],
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

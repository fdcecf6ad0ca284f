import assert from "node:assert/strict";
import { lineOfFinding } from "../../src/operator/check/finding.ts";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { ANNOTATION, gates, masquerade, role, spec, version, windows } from "./check_case.ts";
import {
  byAnnotation,
  byVolume,
  deployed,
  KYVERNO,
  LABEL,
  labelled,
  listed,
  namespace,
  optedIn,
  POLICY,
  unlabelled,
} from "./check_cases_admission.ts";
import { all, annotation, type Edit, textOf, userData } from "./edit.ts";
import { checked, codesOf, findingsOf } from "./findings.ts";

/** VMs that rely on the admission policy, and what check finds. */
const VMS: readonly (readonly [string, Edit, readonly string[]])[] = [
  ["the label and the account", optedIn, []],
  ["the label and the annotation", byAnnotation, []],
  ["the label and the annotation on KubeVirt 1.8", all(byAnnotation, version("v1.8.2")), []],
  ["the label, on KubeVirt 1.8", all(optedIn, version("v1.8.2")), ["service-account-field"]],
  ["the namespace's label", all(unlabelled, namespace("true")), []],
  ["no label", unlabelled, ["sidecar-missing", "virtiofs-filesystem-missing"]],
  ["an unknown value", labelled("yes"), ["inject-value"]],
  ["Pod Identity", all(labelled("pod-identity"), masquerade), []],
  ["Pod Identity without an annotation", all(labelled("pod-identity"), masquerade, role("")), []],
  [
    "Pod Identity by the namespace",
    all(unlabelled, namespace("pod-identity"), masquerade, role("")),
    [],
  ],
  ["Pod Identity with the policy", all(labelled("pod-identity"), masquerade, deployed(POLICY)), []],
  [
    "Pod Identity with Kyverno's policies",
    all(labelled("pod-identity"), masquerade, deployed(KYVERNO)),
    [],
  ],
  ["the label that opts out", labelled("false"), ["inject-opted-out"]],
  [
    "the label that opts out, in an opted-in namespace",
    all(labelled("false"), namespace("true")),
    ["inject-opted-out"],
  ],
  ["a namespace that opts out", all(unlabelled, namespace("false")), ["inject-opted-out"]],
  ["a namespace with an unknown value", all(unlabelled, namespace("1")), ["inject-value"]],
  ["the sidecar listed by hand, opted in", listed("true"), []],
  ["no role", all(optedIn, role(undefined)), ["role-arn-missing"]],
  [
    "another account than those given",
    all(optedIn, spec((s) => s.serviceAccountName = "other")),
    ["service-account-unknown"],
  ],
  [
    "the gates that are off",
    all(optedIn, gates()),
    ["gate-sidecar", "gate-container-path"],
  ],
  ["no cloud-init volume", all(optedIn, spec((s) => s.volumes.pop())), []],
  ["the policy", all(optedIn, deployed(POLICY)), []],
  [
    "the policy with its messages",
    all(optedIn, deployed(POLICY), deployed("messages/policies.yaml")),
    [],
  ],
  ["Kyverno's policies", all(optedIn, deployed(KYVERNO)), []],
  [
    "Kyverno's policies, changed",
    all(
      optedIn,
      deployed(KYVERNO, (objects) => {
        for (const { spec: { mutations } } of objects) mutations?.pop();
      }),
    ),
    ["admission-policy-changed"],
  ],
  [
    "the policy without its bindings",
    all(optedIn, deployed(POLICY, (objects) => objects.slice(0, 1))),
    ["admission-binding-missing"],
  ],
  [
    "a binding without parameters",
    all(
      optedIn,
      deployed(POLICY, (objects) => {
        for (const object of objects) delete object.spec.paramRef;
      }),
    ),
    ["admission-binding-missing"],
  ],
  [
    "another policy alone",
    all(
      optedIn,
      deployed(POLICY, ([policy]) => {
        if (policy === undefined) return [];
        policy.metadata.name = "other";
        return [policy];
      }),
    ),
    ["admission-policy-missing"],
  ],
  [
    "the policy for KubeVirt 1.8, on 1.9",
    all(optedIn, deployed(POLICY, byVolume)),
    ["admission-overlay"],
  ],
  [
    "the policy for KubeVirt 1.9, on 1.8",
    all(byAnnotation, deployed(POLICY), version("v1.8.2")),
    ["admission-overlay"],
  ],
  ["no policy that is needed", deployed("messages/policies.yaml"), []],
];

for (const [name, edit, codes] of VMS) {
  Deno.test(`check of a VM that relies on the policy: ${name}`, () => {
    assert.deepEqual(codesOf(edit), codes);
  });
}

/** A policy that adds another program's image. */
const upstreamImage = deployed(POLICY, (objects) => {
  for (const variable of objects.flatMap((object) => object.spec.variables ?? [])) {
    if (variable.name === "image") variable.expression = '"quay.io/kubevirt/eks-irsa-sidecar"';
  }
});

/** VMs with a finding about the sidecar that the policy adds. */
const IN_ADDED: readonly (readonly [string, Edit])[] = [
  ["no other sidecar", () => {}],
  ["another sidecar before it", annotation('  [{"image": "registry.example/other"} ]\n')],
];

for (const [name, edit] of IN_ADDED) {
  Deno.test(`a finding about what the policy adds is at the label: ${name}`, () => {
    const edited = all(optedIn, edit, upstreamImage);
    const found = findingsOf(edited).find(({ code }) => code === "sidecar-upstream-image");
    assert.ok(found);
    assert.equal(formatPath(found.path), LABEL);
    const line = textOf(edited).split("\n")[lineOfFinding(found) - 1];
    assert.match(line ?? "", /"eks-irsa-sidecar\.github\.io\/inject": "true"/);
  });
}

Deno.test("a finding about the owner's sidecar is at the owner's annotation", () => {
  const edit = all(optedIn, annotation('[{"image": "registry.example/other"}]'));
  assert.deepEqual(findingsOf(edit).map(({ code, path }) => [code, formatPath(path)]), [
    ["other-sidecar", ANNOTATION],
  ]);
});

Deno.test("a service account field that the policy adds is not blamed on the VM", () => {
  const [finding] = findingsOf(all(byAnnotation, deployed(POLICY), version("v1.8.2")));
  assert.equal(finding?.severity, "error");
  assert.equal(finding?.manifest.kind, "MutatingAdmissionPolicy");
});

Deno.test("an account without a role: the policy adds nothing, and the VM boots", () => {
  const [finding] = findingsOf(all(optedIn, role(undefined)));
  assert.match(finding?.why ?? "", /the admission policy adds nothing to the VM, which boots/);
});

Deno.test("a mistake in the user data keeps its own line", () => {
  const finding = findingsOf(all(optedIn, windows, (fixture) => {
    userData("no format")(fixture);
    fixture.vm.spec.template.spec.volumes.splice(1, 1);
  })).find(({ code }) => code === "user-data-untouched");
  assert.equal(
    formatPath(finding?.path ?? []),
    "spec.template.spec.volumes[1].cloudInitNoCloud.userData",
  );
});

/** What check says about the policies that it did not see. */
const NOT_CHECKED: readonly (readonly [string, Edit, RegExp | undefined])[] = [
  ["an opted-in VM", optedIn, /unknown: those of deploy are assumed/],
  [
    "an opted-in VM on KubeVirt 1.8",
    all(byAnnotation, version("v1.8.2")),
    /those of deploy\/kubevirt-1\.8 are assumed/,
  ],
  ["an opted-in VM with the policy", all(optedIn, deployed(POLICY)), undefined],
  ["a VM without a label", unlabelled, /whether the namespace team has the label/],
  ["a VM without a label, with its namespace", all(unlabelled, namespace("x")), undefined],
  ["a VM that lists the sidecar", () => {}, undefined],
];

for (const [name, edit, expected] of NOT_CHECKED) {
  Deno.test(`what is not checked of ${name}`, () => {
    const [one] = checked(edit);
    assert.ok(one);
    const found = notChecked(one.context).filter((sentence) =>
      /admission|namespace/.test(sentence)
    );
    assert.equal(found.length, expected === undefined ? 0 : 1, found.join());
    if (expected !== undefined) assert.match(found[0] ?? "", expected);
  });
}

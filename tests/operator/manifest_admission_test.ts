import assert from "node:assert/strict";
import { IMAGE } from "../../src/operator/manifest/image.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { virtualMachinesIn } from "../../src/operator/manifest/virtual_machine.ts";
import {
  type AdmissionFacts,
  admissionOf,
} from "../../src/operator/manifest_plan/manifest_admission.ts";
import { podIdentity, role, spec } from "./check_case.ts";
import {
  bareVmi,
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
import { all, type Edit, manifestsOf, template } from "./edit.ts";

/** What the policy does to the VM of a changed fixture. */
function admission(edit: Edit, facts?: AdmissionFacts) {
  const manifests = manifestsOf(edit);
  const [virtualMachine] = virtualMachinesIn(manifests, ["vm.yaml"]);
  assert.ok(virtualMachine !== undefined);
  return admissionOf(virtualMachine, manifests, facts);
}

/** The objects of a policy, each changed. */
const changed = (file: string, change: (spec: Record<string, unknown>, name: string) => void) =>
  deployed(file, (objects) => {
    for (const { spec, metadata } of objects) change(Object(spec), metadata.name);
  });

const FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const DEFAULTS = { accountBy: "serviceAccountName", image: IMAGE, tokenFolder: FOLDER };

Deno.test("without any admission policy, that of deploy is assumed, for the release of KubeVirt", () => {
  assert.deepEqual(admission(optedIn).policy, { kind: "assumed", settings: DEFAULTS });
  const { settings } = admission(optedIn, { isBefore19: true }).policy;
  assert.deepEqual(settings, { ...DEFAULTS, accountBy: "volume" });
});

Deno.test("other admission policies alone are no policy for the VM", () => {
  const { policy } = admission(all(optedIn, deployed("messages/policies.yaml")));
  assert.ok(policy.kind === "missing");
  assert.deepEqual(policy.settings, DEFAULTS);
  assert.ok(policy.given.every(({ kind }) => kind.startsWith("ValidatingAdmissionPolicy")));
});

Deno.test("bindings without the policy are no policy for the VM", () => {
  const bindings = deployed(POLICY, (objects) => objects.slice(1));
  assert.equal(admission(all(optedIn, bindings)).policy.kind, "missing");
});

const everywhere = all(optedIn, namespace("true"));
const removed = (pattern: RegExp) =>
  deployed(POLICY, (objects) => objects.filter(({ metadata }) => !pattern.test(metadata.name)));

/** Policies, and whether they apply to the VM. */
const BINDINGS: readonly (readonly [string, Edit, string, string])[] = [
  [
    "the policy, for a VM with the label",
    all(optedIn, deployed(POLICY)),
    "eks-irsa-sidecar",
    "bound",
  ],
  [
    "the policy, for a namespace with the label",
    all(unlabelled, namespace("true"), deployed(POLICY)),
    "eks-irsa-sidecar",
    "bound",
  ],
  ["the policy, for no label", all(unlabelled, deployed(POLICY)), "eks-irsa-sidecar", "not bound"],
  ["no binding", all(everywhere, removed(/-by-/)), "eks-irsa-sidecar", "not bound"],
  ["the other binding", all(optedIn, removed(/-by-label/)), "eks-irsa-sidecar", "not bound"],
  [
    "bindings of another policy",
    all(everywhere, changed(POLICY, (spec) => spec.policyName = "other")),
    "eks-irsa-sidecar",
    "not bound",
  ],
  [
    "bindings of another kind",
    all(
      everywhere,
      deployed(POLICY, (objects) => {
        for (const object of objects.slice(1)) object.kind = "ValidatingAdmissionPolicyBinding";
      }),
    ),
    "eks-irsa-sidecar",
    "not bound",
  ],
  [
    "bindings without parameters",
    all(everywhere, changed(POLICY, (spec) => delete spec.paramRef)),
    "eks-irsa-sidecar",
    "without parameters",
  ],
  [
    "a binding without parameters and one with them",
    all(
      everywhere,
      changed(POLICY, (spec, name) => {
        if (name.endsWith("-by-label")) delete spec.paramRef;
      }),
    ),
    "eks-irsa-sidecar",
    "bound",
  ],
  [
    "Kyverno's policies, for a VM with the label",
    all(optedIn, deployed(KYVERNO)),
    "eks-irsa-sidecar-by-label",
    "bound",
  ],
  [
    "Kyverno's policies, for a namespace with the label",
    all(unlabelled, namespace("true"), deployed(KYVERNO)),
    "eks-irsa-sidecar-by-namespace",
    "bound",
  ],
  [
    "Kyverno's policies, for no label",
    all(unlabelled, deployed(KYVERNO)),
    "eks-irsa-sidecar-by-label",
    "not bound",
  ],
];

for (const [what, edit, name, binding] of BINDINGS) {
  Deno.test(`the binding of ${what}: ${binding}`, () => {
    const { policy, optIn, written, admitted } = admission(edit);
    assert.ok(policy.kind === "given");
    assert.deepEqual([policy.manifest.name, policy.binding], [name, binding]);
    if (optIn.kind === "opted in") assert.equal(admitted !== written, binding === "bound");
  });
}

/** A variable of the policy with another expression. */
const variable = (name: string, expression: string | undefined) =>
  deployed(POLICY, ([policy]) => {
    for (const one of policy?.spec.variables ?? []) {
      if (one.name === name) Object.assign(one, { expression });
    }
  });

/** What an installation sets, and how it is read. */
const SETTINGS: readonly (readonly [Edit, object])[] = [
  [deployed(POLICY, byVolume), { accountBy: "volume" }],
  [variable("accountBy", '"other"'), {}],
  [variable("image", "'a.example/irsa-sidecar'"), { image: "a.example/irsa-sidecar" }],
  [variable("image", '\n  "a.example/irsa-sidecar"\n'), { image: "a.example/irsa-sidecar" }],
  [variable("image", '"a" + "b"'), {}],
  [variable("image", 'x"a"'), {}],
  [variable("image", '"a"x'), {}],
  [variable("image", undefined), {}],
  [variable("tokenFolder", '"/token"'), { tokenFolder: "/token" }],
  [variable("tokenFolder", "params.x"), {}],
];

for (const [edit, settings] of SETTINGS) {
  Deno.test(`the policy has the settings ${JSON.stringify(settings)}, and is no other policy`, () => {
    const { policy } = admission(all(optedIn, edit));
    assert.ok(policy.kind === "given");
    assert.deepEqual(policy.settings, { ...DEFAULTS, ...settings });
    assert.ok(!policy.isChanged);
  });
}

/** Changes of the policy, and whether it does something else afterwards. */
const CHANGES: readonly (readonly [string, Edit, boolean])[] = [
  ["a variable", variable("account", "params.metadata.other"), true],
  ["the white space of a variable", variable("account", "\n  params.metadata.name \n"), false],
  [
    "the line breaks of a variable",
    deployed(POLICY, ([policy]) => {
      for (const one of policy?.spec.variables ?? []) {
        one.expression = one.expression.replaceAll(" ", "  \n");
      }
    }),
    false,
  ],
  ["the words of a variable", variable("account", "params.metadata. name"), true],
  ["no expression", variable("account", undefined), true],
  ["no variables", changed(POLICY, (spec) => spec.variables = []), true],
  ["no condition", changed(POLICY, (spec) => delete spec.matchConditions), true],
  [
    "another condition",
    changed(POLICY, (spec) => spec.matchConditions = [{ name: "a", expression: "true" }]),
    true,
  ],
  ["no mutations", changed(POLICY, (spec) => spec.mutations = []), true],
  ["mutations of another kind", changed(POLICY, (spec) => spec.mutations = [{}]), true],
  ["what it is for", changed(POLICY, (spec) => spec.failurePolicy = "Ignore"), false],
];

for (const [what, edit, isChanged] of CHANGES) {
  Deno.test(`with ${what} changed, the policy is ${isChanged ? "another" : "the same"}`, () => {
    const { policy } = admission(all(optedIn, edit));
    assert.ok(policy.kind === "given");
    assert.equal(policy.isChanged, isChanged);
  });
}

const withoutAccount: Edit = ({ serviceAccount }) => serviceAccount.kind = "";

/** VMs, what is known beside them, and the outcome. */
const OUTCOMES: readonly (readonly [string, Edit, AdmissionFacts, string, string?])[] = [
  ["an account with a role", optedIn, {}, "enrolled"],
  ["an account that was not given", all(optedIn, withoutAccount), {}, "enrolled"],
  ["an account without a role", all(optedIn, role(undefined)), {}, "left alone", "no role"],
  ["a role of another source", all(optedIn, role(undefined)), { hasRole: true }, "enrolled"],
  ["no label", unlabelled, {}, "left alone", "not opted in"],
  ["its namespace's label", all(unlabelled, namespace("true")), {}, "enrolled"],
  [
    "its namespace's label, for a VMI without an owner",
    all(unlabelled, bareVmi, namespace("true")),
    {},
    "left alone",
    "no owner",
  ],
  [
    "the label of the namespace default, which a VM without a namespace is in",
    all(unlabelled, namespace("true"), ({ vm, others }) => {
      delete vm.metadata.namespace;
      Object.assign(Object(others[0]).metadata, { name: "default" });
    }),
    {},
    "enrolled",
  ],
];

for (const [what, edit, facts, kind, reason] of OUTCOMES) {
  Deno.test(`what the policy does to a VM with ${what}: ${reason ?? kind}`, () => {
    const { outcome, written, admitted } = admission(edit, facts);
    assert.equal(outcome.kind, kind);
    if ("reason" in outcome) assert.equal(outcome.reason, reason);
    assert.equal(admitted !== written, kind === "enrolled");
  });
}

Deno.test("the annotation names the account of a VM that is opted in, and of no other", () => {
  const optedOut: Edit = (fixture) => {
    byAnnotation(fixture);
    template(fixture).metadata.labels = {};
  };
  assert.equal(admission(byAnnotation).account, "app");
  assert.equal(admission(optedOut).account, "default");
  assert.equal(admission(all(optedIn, spec((s) => s.serviceAccountName = "own"))).account, "own");
});

Deno.test("what the owner means has the policy's parts, even if a mistake keeps them from being added", () => {
  const partsOf = (edit: Edit) => {
    const { written, intended } = admission(edit);
    return written === intended ? [] : Object.keys(Object(intended.metadata).annotations);
  };
  const sidecar = ["hooks.kubevirt.io/hookSidecars"];
  assert.deepEqual(partsOf(all(optedIn, role(undefined))), sidecar);
  assert.deepEqual(partsOf(labelled("yes")), sidecar);
  assert.deepEqual(partsOf(labelled("false")), sidecar);
  assert.deepEqual(partsOf(unlabelled), []);
  assert.deepEqual(partsOf(all(listed("false"))), [], "the owner lists the sidecar");
});

/** VMs, and the kind of identity that each is for. */
const IDENTITIES: readonly (readonly [string, Edit, string])[] = [
  ["no label", unlabelled, "web identity"],
  ["the label for IRSA", optedIn, "web identity"],
  ["the label for Pod Identity", labelled("pod-identity"), "pod identity"],
  ["the share for Pod Identity", all(unlabelled, podIdentity), "pod identity"],
  ["the share for Pod Identity, and the label for IRSA", all(optedIn, podIdentity), "web identity"],
  [
    "the share for Pod Identity, and the label for IRSA without a role",
    all(optedIn, podIdentity, role(undefined)),
    "pod identity",
  ],
  [
    "the label for Pod Identity of a namespace, for a VMI without an owner",
    all(unlabelled, bareVmi, namespace("pod-identity")),
    "pod identity",
  ],
];

for (const [what, edit, identity] of IDENTITIES) {
  Deno.test(`a VM with ${what} is for ${identity}`, () => {
    assert.equal(admission(edit).identity, identity);
  });
}

Deno.test("the label that decides is that of the namespace only if it is what opts the VM in", () => {
  const labelOf = (edit: Edit) => {
    const { label: { manifest, path } } = admission(edit);
    return [manifest.kind, formatPath(path)];
  };
  assert.deepEqual(labelOf(optedIn), ["VirtualMachine", LABEL]);
  assert.deepEqual(labelOf(all(optedIn, namespace("true"))), ["VirtualMachine", LABEL]);
  assert.deepEqual(labelOf(unlabelled), ["VirtualMachine", LABEL]);
  assert.deepEqual(labelOf(all(unlabelled, namespace("true"))), [
    "Namespace",
    'metadata.labels["eks-irsa-sidecar.github.io/inject"]',
  ]);
});

Deno.test("whether the owner lists the sidecar is known", () => {
  assert.ok(admission(listed("true")).listsSidecar);
  assert.ok(!admission(optedIn).listsSidecar);
});

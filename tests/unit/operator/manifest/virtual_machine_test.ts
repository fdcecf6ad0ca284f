import assert from "node:assert/strict";
import { ManifestError } from "../../../../src/operator/manifest/manifest.ts";
import { matcherOf } from "../../../../src/operator/manifest/matcher.ts";
import { virtualMachinesIn } from "../../../../src/operator/manifest/virtual_machine.ts";
import { objectMember } from "../../../../src/text/json.ts";
import { manifestsOf } from "./manifests.ts";

const TEMPLATE = { metadata: { labels: { a: "1" } }, spec: { domain: {} } };
const KUBEVIRT = "kubevirt.io/v1";

/** Objects that KubeVirt creates VMIs from, and the path of the VMI. */
const OBJECTS: readonly (readonly [string, string, object, readonly string[]])[] = [
  [KUBEVIRT, "VirtualMachineInstance", TEMPLATE, []],
  [KUBEVIRT, "VirtualMachine", { spec: { template: TEMPLATE } }, ["spec", "template"]],
  [
    KUBEVIRT,
    "VirtualMachineInstanceReplicaSet",
    { spec: { template: TEMPLATE } },
    ["spec", "template"],
  ],
  [
    "pool.kubevirt.io/v1beta1",
    "VirtualMachinePool",
    { spec: { virtualMachineTemplate: { spec: { template: TEMPLATE } } } },
    ["spec", "virtualMachineTemplate", "spec", "template"],
  ],
];

for (const [apiVersion, kind, content, path] of OBJECTS) {
  Deno.test(`the VMI of a ${kind} has its labels, its spec, and the object as its owner`, () => {
    const metadata = { labels: { a: "1" }, name: "vm", namespace: "team" };
    const [found] = virtualMachinesIn(
      manifestsOf({ apiVersion, kind, ...content, metadata }),
      [],
    );
    const owner = { ownerReferences: [{ kind, name: "vm" }] };
    assert.deepEqual(found?.vmiPath, path);
    assert.deepEqual(found?.vmi, {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: {
        ...metadata,
        ...(kind === "VirtualMachineInstance" ? {} : owner),
        annotations: {},
      },
      spec: { domain: {} },
    });
  });
}

Deno.test("a VMI without a spec has an empty one, is in the namespace default, and keeps its status", () => {
  const [found] = virtualMachinesIn(
    manifestsOf({
      apiVersion: KUBEVIRT,
      kind: "VirtualMachineInstance",
      metadata: { name: "vm" },
      status: { phase: "Running" },
    }),
    [],
  );
  assert.deepEqual(found?.vmi.spec, {});
  assert.deepEqual(found?.vmi.status, { phase: "Running" });
  assert.equal(objectMember(found?.vmi, "metadata")?.namespace, "default");
});

/** What is given instead of a virtual machine, and what the message says of it. */
const OTHERS: readonly (readonly [string, readonly object[], RegExp])[] = [
  ["nothing", [], /^vm\.yaml, standard input: there is no virtual machine in it\. Give a/],
  [
    "nothing that KubeVirt knows",
    [{ kind: "Pod" }],
    /one of: .*, VirtualMachine, Virtual.*Pool \(/,
  ],
  [
    "other kinds",
    [{ kind: "Secret" }, { kind: "ConfigMap" }, { kind: "Secret" }],
    /no virtual machine in it, but Secret, ConfigMap\. Give a manifest of one of: VirtualMachineI/,
  ],
  ["no kind", [{ metadata: {} }], /in it, but something without a kind\. Give/],
  [
    "a VirtualMachine of another project",
    [{ kind: "VirtualMachine", apiVersion: "vmoperator.vmware.com/v1" }],
    /in it, but VirtualMachine of vmoperator\.vmware\.com\. Give/,
  ],
  [
    "a VirtualMachine of a group that ends as KubeVirt's",
    [{ kind: "VirtualMachine", apiVersion: "notkubevirt.io/v1" }],
    /but VirtualMachine of notkubevirt\.io\./,
  ],
  [
    "a VirtualMachine of a group that starts as KubeVirt's",
    [{ kind: "VirtualMachine", apiVersion: "kubevirt.io.example/v1" }],
    /but VirtualMachine of kubevirt\.io\.example\./,
  ],
  [
    "a VirtualMachine without a group",
    [{ kind: "VirtualMachine" }],
    /in it, but VirtualMachine of no group\. Give/,
  ],
];

for (const [what, objects, message] of OTHERS) {
  Deno.test(`without a virtual machine the message says what was given: ${what}`, () => {
    assert.throws(
      () => virtualMachinesIn(manifestsOf(...objects), ["vm.yaml", "-"]),
      (error) => error instanceof ManifestError && message.test(error.message),
    );
  });
}

/** A VM's preference, and the annotations that KubeVirt gives the VMI for it. */
const PREFERENCES: readonly (readonly [object | undefined, object])[] = [
  [undefined, {}],
  [{ name: "fedora" }, { "kubevirt.io/cluster-preference-name": "fedora" }],
  [{ name: "fedora", kind: "VirtualMachineClusterPreference" }, {
    "kubevirt.io/cluster-preference-name": "fedora",
  }],
  [{ name: "fedora", kind: "VirtualMachinePreference" }, {
    "kubevirt.io/preference-name": "fedora",
  }],
  [{ name: "fedora", kind: "virtualmachinepreferences" }, {
    "kubevirt.io/preference-name": "fedora",
  }],
  [{ name: "f", kind: "MyVirtualMachinePreference" }, {
    "kubevirt.io/cluster-preference-name": "f",
  }],
  [{ name: "f", kind: "VirtualMachinePreferenceSet" }, {
    "kubevirt.io/cluster-preference-name": "f",
  }],
  [{ inferFromVolume: "root" }, {}],
];

for (const [preference, annotations] of PREFERENCES) {
  Deno.test(`the annotations of a VMI whose VM has the preference ${JSON.stringify(preference)}`, () => {
    const [found] = virtualMachinesIn(
      manifestsOf({
        apiVersion: KUBEVIRT,
        kind: "VirtualMachine",
        metadata: { name: "vm", annotations: { ofTheVm: "" } },
        spec: { preference, template: { metadata: { annotations: { own: "kept" } } } },
      }),
      [],
    );
    const metadata = objectMember(found?.vmi, "metadata");
    assert.deepEqual(metadata?.annotations, { own: "kept", ...annotations });
  });
}

/** An instance type in a VM, and how it is read. */
const MATCHERS: readonly (readonly [object | undefined, object | undefined])[] = [
  [undefined, undefined],
  [{}, undefined],
  [{ kind: "VirtualMachineInstancetype" }, undefined],
  [{ name: "", inferFromVolume: "" }, undefined],
  [{ name: "small" }, {
    kind: "VirtualMachineClusterInstancetype",
    name: "small",
    volume: undefined,
  }],
  [{ name: "small", kind: "" }, {
    kind: "VirtualMachineClusterInstancetype",
    name: "small",
    volume: undefined,
  }],
  [{ name: "small", kind: "VirtualMachineInstancetype" }, {
    kind: "VirtualMachineInstancetype",
    name: "small",
    volume: undefined,
  }],
  [{ inferFromVolume: "root" }, {
    kind: "VirtualMachineClusterInstancetype",
    name: undefined,
    volume: "root",
  }],
];

for (const [instancetype, matcher] of MATCHERS) {
  Deno.test(`the instance type ${JSON.stringify(instancetype)} of a VM and of a pool`, () => {
    const [vm, pool, instance] = manifestsOf(
      { kind: "VirtualMachine", spec: { instancetype } },
      { kind: "VirtualMachinePool", spec: { virtualMachineTemplate: { spec: { instancetype } } } },
      { kind: "VirtualMachineInstance", spec: { instancetype } },
    );
    assert.deepEqual(vm && matcherOf(vm, "instancetype"), matcher);
    assert.deepEqual(pool && matcherOf(pool, "instancetype"), matcher);
    assert.equal(instance && matcherOf(instance, "instancetype"), undefined);
  });
}

Deno.test("a preference without a kind is one of the cluster", () => {
  const [vm] = manifestsOf({ kind: "VirtualMachine", spec: { preference: { name: "fedora" } } });
  assert.equal(vm && matcherOf(vm, "preference")?.kind, "VirtualMachineClusterPreference");
});

import assert from "node:assert/strict";
import {
  defaultBinding,
  gateFix,
  hasGate,
  isOlderThan,
  runningVersion,
  sidecarLimits,
  versionNumber,
} from "../../../../src/operator/check/kubevirt_configuration.ts";
import { isHyperConverged } from "../../../../src/operator/check/hyper_converged.ts";
import type { Manifest } from "../../../../src/operator/manifest/manifest.ts";
import { parseManifests } from "../../../../src/operator/manifest/parse.ts";

function manifest(object: unknown): Manifest {
  const [first] = parseManifests(JSON.stringify(object), "cluster.yaml");
  assert.ok(first);
  return first;
}

const kubevirt = (configuration: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  manifest({ apiVersion: "kubevirt.io/v1", kind: "KubeVirt", spec: { configuration }, ...more });
const hyperConverged = (more: Readonly<Record<string, unknown>>) =>
  manifest({ apiVersion: "hco.kubevirt.io/v1beta1", kind: "HyperConverged", ...more });
const patched = (patch: unknown) =>
  hyperConverged({
    metadata: {
      annotations: {
        "kubevirt.kubevirt.io/jsonpatch": typeof patch === "string" ? patch : JSON.stringify(patch),
      },
    },
  });
const gates = (value: unknown) => ({ developerConfiguration: { featureGates: value } });
const ADD = {
  op: "add",
  path: "/spec/configuration/developerConfiguration/featureGates/-",
  value: "Sidecar",
};

/** The cluster's object, a feature gate, and whether it is on. */
const GATES: readonly (readonly [string, Manifest, string, boolean])[] = [
  ["KubeVirt", kubevirt(gates(["Other", "Sidecar"])), "Sidecar", true],
  ["KubeVirt without the gate", kubevirt(gates(["Sidecars"])), "Sidecar", false],
  ["KubeVirt with a text", kubevirt(gates("Sidecar")), "Sidecar", false],
  ["KubeVirt without a configuration", manifest({ kind: "KubeVirt" }), "Sidecar", false],
  [
    "a kind of the same name in another group",
    manifest({
      apiVersion: "example.com/v1",
      kind: "HyperConverged",
      spec: { featureGates: { containerPathVolumes: true } },
    }),
    "ContainerPathVolumes",
    false,
  ],
  ...([[true, true], [false, false], ["true", false]] as const).map(([value, isOn]) =>
    [
      `the field ${JSON.stringify(value)} of v1beta1`,
      hyperConverged({ spec: { featureGates: { containerPathVolumes: value } } }),
      "ContainerPathVolumes",
      isOn,
    ] as const
  ),
  ...([
    [[{ name: "containerPathVolumes" }], true],
    [[{ name: "other" }, { name: "containerPathVolumes", state: "Enabled" }], true],
    [[{ name: "containerPathVolumes", state: "Disabled" }], false],
    [[{ name: "other" }], false],
    [[], false],
  ] as const).map(([featureGates, isOn]) =>
    [
      `the list ${JSON.stringify(featureGates)} of v1`,
      hyperConverged({ apiVersion: "hco.kubevirt.io/v1", spec: { featureGates } }),
      "ContainerPathVolumes",
      isOn,
    ] as const
  ),
  ...([
    [[ADD], true],
    [[{ ...ADD, value: "ContainerPathVolumes" }, ADD], true],
    [[{
      ...ADD,
      path: "/spec/configuration/developerConfiguration/featureGates",
      value: ["Sidecar"],
    }], true],
    [[{
      ...ADD,
      path: "/spec/configuration/developerConfiguration",
      value: { featureGates: ["Sidecar"] },
    }], true],
    [[{ ...ADD, path: "/spec/configuration/developerConfiguration/featureGatesOld" }], false],
    [[{ ...ADD, path: "/spec/configuration/developerConfiguration/logVerbosity" }], false],
    [[{ ...ADD, path: "/spec/configuration/other" }], false],
    [[{ ...ADD, value: "Sidecars" }], false],
    [[{ op: "add", value: "Sidecar" }], false],
    [[{ op: "remove", path: ADD.path }], false],
    [["Sidecar", 1, null], false],
    [{ ...ADD }, false],
    ["no JSON", false],
  ] as const).map(([patch, isOn]) =>
    [`the patch ${JSON.stringify(patch)}`, patched(patch), "Sidecar", isOn] as const
  ),
  [
    "a patch for a gate that has a field",
    patched([{ ...ADD, value: "ContainerPathVolumes" }]),
    "ContainerPathVolumes",
    true,
  ],
  [
    "a gate without a name in the list of v1",
    hyperConverged({ spec: { featureGates: [{ state: "Enabled" }] } }),
    "Sidecar",
    false,
  ],
  ["HyperConverged without anything", hyperConverged({}), "Sidecar", false],
];

for (const [which, object, gate, isOn] of GATES) {
  Deno.test(`the gate ${gate} is ${isOn ? "on" : "off"}: ${which}`, () => {
    assert.equal(hasGate(object, gate), isOn);
  });
}

Deno.test("a gate is switched on in the KubeVirt object", () => {
  assert.deepEqual(gateFix(kubevirt({}), "Sidecar"), {
    path: ["spec", "configuration", "developerConfiguration", "featureGates"],
    fix: "Add Sidecar to spec.configuration.developerConfiguration.featureGates.",
  });
});

Deno.test("where an operator writes the KubeVirt object, the gate is switched on in its object", () => {
  const managed = { metadata: { labels: { "app.kubernetes.io/managed-by": "hco-operator" } } };
  const { path, fix } = gateFix(kubevirt({}, managed), "ContainerPathVolumes");
  assert.equal(path.join("."), "spec.configuration.developerConfiguration.featureGates");
  assert.match(
    fix,
    /^Set spec\.featureGates\.containerPathVolumes: true .* list: add \{name: containerPathVolumes\}/,
  );
  assert.match(fix, /undoes changes of the KubeVirt object\.$/);
  const other = { metadata: { labels: { "app.kubernetes.io/managed-by": "someone" } } };
  assert.match(gateFix(kubevirt({}, other), "Sidecar").fix, /^Add Sidecar/);
});

Deno.test("a gate is switched on in the HyperConverged object by its field, or by a patch", () => {
  const byField = gateFix(hyperConverged({}), "ContainerPathVolumes");
  assert.deepEqual(byField.path, ["spec", "featureGates"]);
  assert.match(byField.fix, /^Set spec\.featureGates\.containerPathVolumes: true/);
  const byPatch = gateFix(hyperConverged({}), "Sidecar");
  assert.deepEqual(byPatch.path, ["metadata", "annotations", "kubevirt.kubevirt.io/jsonpatch"]);
  const [, patch = ""] =
    /jsonpatch: (\[.*\])\. The HyperConverged operator undoes/.exec(byPatch.fix) ?? [];
  assert.ok(hasGate(patched(patch), "Sidecar"));
  assert.deepEqual(JSON.parse(patch), [ADD]);
});

/** Versions of the KubeVirt object, and what they are known as. */
const VERSIONS: readonly (readonly [unknown, number | undefined])[] = [
  ["v1.9.0", versionNumber(1, 9)],
  ["1.10.12", versionNumber(1, 10)],
  ["v1.9.0-alpha.0", versionNumber(1, 9)],
  ["v1.9.0-rc.12", versionNumber(1, 9)],
  ["v1.9.0-7-gabc", undefined],
  ["v1.9.0-rc.1.2", undefined],
  ["v1.9", undefined],
  ["devel", undefined],
  ["vv1.9.0", undefined],
  ["v11.9.0", undefined],
  [undefined, undefined],
];

for (const [observedKubeVirtVersion, number] of VERSIONS) {
  Deno.test(`the version of KubeVirt ${observedKubeVirtVersion}: ${number}`, () => {
    assert.equal(runningVersion(kubevirt({}, { status: { observedKubeVirtVersion } })), number);
  });
}

Deno.test("a cluster whose version is known may be older than another", () => {
  const of = (observedKubeVirtVersion: string) =>
    kubevirt({}, { status: { observedKubeVirtVersion } });
  assert.ok(isOlderThan(of("v1.8.9"), versionNumber(1, 9)));
  assert.ok(!isOlderThan(of("v1.9.0"), versionNumber(1, 9)));
  assert.ok(!isOlderThan(of("devel"), versionNumber(1, 9)));
  assert.ok(!isOlderThan(undefined, versionNumber(1, 9)));
});

Deno.test("a later minor version is a larger number", () => {
  assert.ok(versionNumber(1, 8) < versionNumber(1, 10));
  assert.ok(versionNumber(1, 999) < versionNumber(2, 0));
});

/** Releases of the HyperConverged operator, and the KubeVirt that they have. */
const RELEASES: readonly (readonly [unknown, number | undefined])[] = [
  [[{ name: "operator", version: "1.18.3" }], versionNumber(1, 8)],
  [
    [{ name: "other", version: "1.18.0" }, { name: "operator", version: "1.19.0" }],
    versionNumber(1, 9),
  ],
  [[{ name: "operator", version: "1.1.0" }], undefined],
  [[{ name: "operator", version: "4.1.19" }], undefined],
  [[{ name: "operator" }], undefined],
  [[], undefined],
];

for (const [versions, number] of RELEASES) {
  Deno.test(`the KubeVirt of the operator ${JSON.stringify(versions)}: ${number}`, () => {
    assert.equal(runningVersion(hyperConverged({ status: { versions } })), number);
  });
}

Deno.test("the HyperConverged object is one of its operator's group", () => {
  assert.ok(isHyperConverged(hyperConverged({})));
  assert.ok(!isHyperConverged(kubevirt({})));
  assert.ok(!isHyperConverged(manifest({ apiVersion: "hco.kubevirt.io/v1", kind: "Other" })));
});

Deno.test("the limits of sidecars are those of the type sidecar", () => {
  const limits = { memory: "1M" };
  const both = kubevirt({
    supportContainerResources: [
      { type: "virtiofs", resources: { limits: {} } },
      { type: "sidecar", resources: { limits } },
    ],
  });
  assert.deepEqual(sidecarLimits(both), {
    path: ["spec", "configuration", "supportContainerResources", 1, "resources", "limits"],
    limits,
  });
  assert.equal(
    sidecarLimits(kubevirt({ supportContainerResources: [{ type: "virtiofs" }] })),
    undefined,
  );
  assert.equal(sidecarLimits(kubevirt({})), undefined);
});

Deno.test("a VM without a network gets a bridge, or what the configuration says", () => {
  assert.equal(defaultBinding(kubevirt({})), "bridge");
  assert.equal(defaultBinding(kubevirt({ network: { defaultNetworkInterface: "" } })), "bridge");
  assert.equal(
    defaultBinding(kubevirt({ network: { defaultNetworkInterface: "masquerade" } })),
    "masquerade",
  );
  assert.equal(defaultBinding(hyperConverged({})), "masquerade");
});

import assert from "node:assert/strict";
import {
  hookSidecars,
  isUpstreamImage,
  ourSidecar,
  placeInOurs,
  sidecarName,
} from "../../../../src/operator/manifest/hook_sidecars.ts";

const read = (text: unknown) =>
  hookSidecars({ metadata: { annotations: { "hooks.kubevirt.io/hookSidecars": text } } });

/** The entries of an annotation that KubeVirt can read. */
function entriesOf(text: string) {
  const sidecars = read(text);
  assert.ok(sidecars.kind === "list", JSON.stringify(sidecars));
  return sidecars.entries;
}

Deno.test("a VMI without the annotation has no sidecars", () => {
  assert.deepEqual(hookSidecars({}), { kind: "absent" });
  assert.equal(ourSidecar(hookSidecars({})), undefined);
});

/** Images, and whether each is this sidecar. */
const IMAGES: readonly (readonly [string, boolean])[] = [
  ["eks-irsa-sidecar", true],
  ["ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0", true],
  ["registry.example:5000/eks-irsa-sidecar:1@sha256:00", true],
  ["registry.example/irsa-sidecar-fork", true],
  ["registry.example:5000/irsa-sidecar", true],
  ["registry.example/irsa-sidecar/other", false],
  ["other@sha256:irsa-sidecar", false],
  ["other:irsa-sidecar", false],
  ["", false],
];

for (const [image, isOurs] of IMAGES) {
  Deno.test(`the image ${image || "that is empty"} is ${isOurs ? "" : "not "}this sidecar`, () => {
    const sidecars = read(JSON.stringify([{ image: "a" }, { image }]));
    assert.equal(ourSidecar(sidecars)?.image, isOurs ? image : undefined);
  });
}

/** Images, and whether each is the other program with the same name. */
const UPSTREAM: readonly (readonly [string, boolean])[] = [
  ["kubevirt/eks-irsa-sidecar", true],
  ["quay.io/kubevirt/eks-irsa-sidecar:v1@sha256:00", true],
  ["localhost:5000/kubevirt/eks-irsa-sidecar:1", true],
  ["kubevirt/eks-irsa-sidecar@sha256:00", true],
  ["registry.example/mykubevirt/eks-irsa-sidecar", false],
  ["kubevirt/eks-irsa-sidecar-fork", false],
  ["ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar", false],
];

for (const [image, isUpstream] of UPSTREAM) {
  Deno.test(`the image ${image} is ${isUpstream ? "" : "not "}that of KubeVirt`, () => {
    assert.equal(isUpstreamImage(image), isUpstream);
  });
}

Deno.test("an entry is named by its image, or by the script that KubeVirt's shim runs", () => {
  const names = entriesOf(JSON.stringify([
    { image: "other:1", configMap: { hookPath: "/usr/bin/onDefineDomain" } },
    { ConfigMap: { name: "c", HookPath: "/usr/bin/onDefineDomain" } },
    {},
  ])).map(sidecarName);
  assert.deepEqual(names, ["other:1", "/usr/bin/onDefineDomain", "KubeVirt's own sidecar-shim"]);
});

Deno.test("image, args and command are read as Go reads them, whatever the case of the keys", () => {
  const [entry] = entriesOf(
    '[{"Image": "irsa-sidecar", "ARGS": ["a", null], "Command": ["sh"], "args": ["b"], "command": null}]',
  );
  const { object: _, ...read } = entry ?? {};
  assert.deepEqual(read, {
    image: "irsa-sidecar",
    args: ["b"],
    command: [],
    hookPath: undefined,
    isOurs: true,
  });
});

/** Values of members, and whether KubeVirt reads the entry. */
const MEMBERS: readonly (readonly [string, boolean])[] = [
  ['"imagePullPolicy": ""', true],
  ['"imagePullPolicy": null', true],
  ['"imagePullPolicy": "Always"', true],
  ['"imagePullPolicy": "Never"', true],
  ['"imagePullPolicy": "IfNotPresent"', true],
  ['"imagePullPolicy": "always"', false],
  ['"imagePullPolicy": 5', false],
  ['"args": ["a", 1]', false],
  ['"args": ["a", null]', true],
  ['"command": ["a", 1]', false],
  ['"configMap": null', true],
  ['"configMap": {"name": "a", "key": "b", "hookPath": "c"}', true],
  ['"configMap": {"name": 1}', false],
  ['"configMap": {"key": 1}', false],
  ['"configMap": {"hookPath": 1}', false],
  ['"pvc": {"name": "a", "volumePath": "b", "sharedComputePath": "c"}', true],
  ['"pvc": {"name": 1}', false],
  ['"pvc": {"volumePath": 1}', false],
  ['"pvc": {"sharedComputePath": 1}', false],
  ['"image": 5, "Image": "x"', false],
];

for (const [member, isRead] of MEMBERS) {
  Deno.test(`KubeVirt can ${isRead ? "" : "not "}read an entry with ${member}`, () => {
    assert.equal(read(`[{${member}}]`).kind, isRead ? "list" : "malformed");
  });
}

/** Annotations with a mistake, and the text at its place. */
const PLACES: readonly (readonly [string, string])[] = [
  ['[{}, "x"]', '"x"]'],
  [' {"image": "x"}', ' {"image": "x"}'],
  ['[{}] {"a": 1}', '{"a": 1}'],
  ['[{"a": 1}, {"Args": 5}]', '"Args": 5}]'],
  ['[{"a": 1}, {"args": 5, "Args": []}]', '"Args": []}]'],
];

for (const [text, place] of PLACES) {
  Deno.test(`the place of the mistake in ${text}`, () => {
    const sidecars = read(text);
    assert.ok(sidecars.kind === "malformed");
    assert.equal(text.slice(sidecars.character), place);
  });
}

Deno.test("the place in our entry is that of the member, or of the entry without such a member", () => {
  const text = '[{"image": "other"}, {"image": "irsa-sidecar", "Args": []}]';
  const at = (name: string) => text.slice(placeInOurs(read(text), name));
  assert.equal(at("args"), '"Args": []}]');
  assert.equal(at("command"), '{"image": "irsa-sidecar", "Args": []}]');
});

Deno.test("there is no place in our entry without such an entry", () => {
  assert.equal(placeInOurs(read('[{"image": "other"}]'), "args"), undefined);
  assert.equal(placeInOurs(read("[,]"), "args"), undefined);
});

/** Commands in one string, and the list to write instead. */
const CORRECTIONS: readonly (readonly [string, string | undefined])[] = [
  ['"command": " sh  -c true "', '"command": ["sh","-c","true"]'],
  ['"args": "a \\"b c\\""', '"args": ["a \\"b c\\""]'],
  ['"args": "a \'b c\'"', '"args": ["a \'b c\'"]'],
  ['"args": "a b\\\\ c"', '"args": ["a b\\\\ c"]'],
  ['"imagePullPolicy": "a b"', undefined],
  ['"command": 5', undefined],
];

for (const [member, correction] of CORRECTIONS) {
  Deno.test(`what to write instead of ${member}`, () => {
    const sidecars = read(`[{${member}}]`);
    assert.ok(sidecars.kind === "malformed");
    assert.equal(sidecars.correction, correction);
  });
}

import assert from "node:assert/strict";
import { findObject, manifestOf, titleOf } from "../../../../src/operator/manifest/manifest.ts";
import { formatPath } from "../../../../src/operator/manifest/path.ts";
import type { JsonObject } from "../../../../src/text/json.ts";

const secret = (name: string, namespace?: string) =>
  manifestOf(
    "a.yaml",
    { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } },
    () => 1,
    [],
  );

const inOne = secret("a", "one");
const inTwo = secret("a", "two");
const anywhere = secret("b");
const manifests = [inOne, inTwo, anywhere];

Deno.test("an object is found by its kind, namespace and name", () => {
  assert.equal(findObject(manifests, "Secret", "two", "a"), inTwo);
  assert.equal(findObject(manifests, "Secret", "three", "a"), undefined);
  assert.equal(findObject(manifests, "Secret", "one", "c"), undefined);
  assert.equal(findObject(manifests, "ServiceAccount", "one", "a"), undefined);
});

Deno.test("a manifest without a namespace is in any namespace", () => {
  assert.equal(findObject(manifests, "Secret", "one", "b"), anywhere);
});

Deno.test("without a namespace, all namespaces are looked in", () => {
  assert.equal(findObject(manifests, "Secret", undefined, "a"), inOne);
});

Deno.test("an object has a group, and its kind and name, as far as the file has them", () => {
  const of = (object: JsonObject) => {
    const { group, kind, name, namespace } = manifestOf("a.yaml", object, () => 1, []);
    return [group, kind, name, namespace];
  };
  const metadata = { name: "a", namespace: "team" };
  assert.deepEqual(of({}), ["", "", "", undefined]);
  assert.deepEqual(of({ apiVersion: "v1", kind: "Secret", metadata }), ["", "Secret", "a", "team"]);
  assert.equal(of({ apiVersion: "kubevirt.io/v1" })[0], "kubevirt.io");
  assert.equal(of({ apiVersion: "a.example/b/v1" })[0], "a.example/b");
});

/** Names, and the text that they are for messages. */
const NAMES: readonly (readonly [JsonObject, string])[] = [
  [{ name: "a", generateName: "b-" }, "a"],
  [{ generateName: "b-" }, "b-"],
  [{ name: 12 }, "12"],
  [{ name: false }, "false"],
  [{ name: null }, ""],
  [{ name: ["a"] }, ""],
];

for (const [metadata, name] of NAMES) {
  Deno.test(`the name of an object with ${JSON.stringify(metadata)}`, () => {
    assert.equal(manifestOf("a.yaml", { metadata }, () => 1, []).name, name);
  });
}

Deno.test("an object has a title for messages, with its namespace if it names one", () => {
  assert.equal(titleOf(inOne), "Secret one/a");
  assert.equal(titleOf(anywhere), "Secret b");
});

Deno.test("a path is written as kubectl and jq write it", () => {
  assert.equal(formatPath([]), "");
  assert.equal(formatPath(["spec", "volumes", 1, "name"]), "spec.volumes[1].name");
  assert.equal(formatPath(["metadata", "annotations", "a.b/c"]), 'metadata.annotations["a.b/c"]');
  assert.equal(formatPath(["a", "1b", "x.y"]), 'a["1b"]["x.y"]');
  assert.equal(formatPath([0, "_a-b1"]), "[0]._a-b1");
});

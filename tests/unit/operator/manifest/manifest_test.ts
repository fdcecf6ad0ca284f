import assert from "node:assert/strict";
import { findObject, manifestOf } from "../../../../src/operator/manifest/manifest.ts";

const secret = (name: string, namespace?: string) =>
  manifestOf(
    "a.yaml",
    { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } },
    () => 1,
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

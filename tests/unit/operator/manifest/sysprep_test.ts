import assert from "node:assert/strict";
import {
  manifestSysprep,
  sysprepKeys,
  sysprepValue,
} from "../../../../src/operator/manifest/sysprep.ts";
import { manifestsOf, vmWith } from "./manifests.ts";

const KEY = "eks-irsa-sidecar.ps1";

/** The value of the key in a ConfigMap or a Secret, and its place. */
function valueOf(object: unknown) {
  const [manifest] = manifestsOf(object);
  const value = manifest && sysprepValue(manifest, KEY);
  return value && [new TextDecoder().decode(value.bytes), value.path];
}

Deno.test("the content of the CD is that of the first sysprep volume with a Secret or a ConfigMap", () => {
  const of = (...volumes: readonly unknown[]) => {
    const { index, kind, name } = manifestSysprep(vmWith(...volumes), []) ?? {};
    return [index, kind, name];
  };
  const [secret, configMap] = [{ secret: { name: "s" } }, { configMap: { name: "c" } }];
  assert.deepEqual(of({ sysprep: configMap }), [0, "ConfigMap", "c"]);
  assert.deepEqual(of({ name: "root" }, { sysprep: secret }), [1, "Secret", "s"]);
  assert.deepEqual(of({ sysprep: { ...secret, ...configMap } }), [0, "Secret", "s"]);
  assert.deepEqual(of({ sysprep: {} }, { sysprep: configMap }), [1, "ConfigMap", "c"]);
  assert.deepEqual(of({ sysprep: { secret: { name: "" }, ...configMap } })[1], "ConfigMap");
  assert.equal(manifestSysprep(vmWith({ secret, configMap }), []), undefined);
});

Deno.test("its manifest is that of the VM's namespace, if it was given", () => {
  const volume = { sysprep: { configMap: { name: "c" } } };
  const configMap = { kind: "ConfigMap", metadata: { name: "c", namespace: "team" } };
  const find = (object: unknown) =>
    manifestSysprep(vmWith(volume), manifestsOf(object))?.manifest?.name;
  assert.equal(find(configMap), "c");
  assert.equal(find({ ...configMap, kind: "Secret" }), undefined);
  assert.equal(find({ ...configMap, metadata: { name: "c", namespace: "other" } }), undefined);
});

Deno.test("a ConfigMap has text in data, and other bytes in binaryData", () => {
  const kind = "ConfigMap";
  const binaryData = { [KEY]: btoa("binary") };
  assert.deepEqual(valueOf({ kind, data: { [KEY]: "text" } }), ["text", ["data", KEY]]);
  assert.deepEqual(valueOf({ kind, binaryData }), ["binary", ["binaryData", KEY]]);
  assert.deepEqual(valueOf({ kind, data: { [KEY]: "" } }), ["", ["data", KEY]]);
  assert.equal(valueOf({ kind, binaryData: { [KEY]: "%" } }), undefined);
  assert.equal(valueOf({ kind, data: { other: "" }, binaryData: { other: "" } }), undefined);
  assert.equal(valueOf({ kind, stringData: { [KEY]: "text" } }), undefined);
});

Deno.test("a Secret has base64 in data, and text in stringData, which counts more", () => {
  const data = { [KEY]: btoa("data") };
  const stringData = { [KEY]: "text" };
  assert.deepEqual(valueOf({ kind: "Secret", data }), ["data", ["data", KEY]]);
  assert.deepEqual(valueOf({ kind: "Secret", data, stringData }), ["text", ["stringData", KEY]]);
});

Deno.test("the keys are those of text and of bytes", () => {
  const [manifest] = manifestsOf({ data: { a: 1 }, stringData: { b: "" }, binaryData: { c: "" } });
  assert.deepEqual(manifest && sysprepKeys(manifest), ["a", "b", "c"]);
});

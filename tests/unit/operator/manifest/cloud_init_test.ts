import assert from "node:assert/strict";
import { manifestCloudInit } from "../../../../src/operator/manifest/cloud_init.ts";
import { formatPath } from "../../../../src/operator/manifest/path.ts";
import { manifestsOf, vmWith } from "./manifests.ts";

const secret = (name: string, content: object, namespace = "team") => ({
  kind: "Secret",
  metadata: { name, namespace },
  ...content,
});

/** The user data of a NoCloud volume as text, and its place; or the kind of what is there instead. */
function userDataOf(content: unknown, ...secrets: readonly unknown[]) {
  const vm = vmWith({ name: "root" }, { name: "ci", cloudInitNoCloud: content });
  const found = manifestCloudInit(vm, manifestsOf(...secrets))?.userData;
  if (found?.kind !== "given") {
    return found?.kind === "secret" ? [found.secret, found.manifest?.kind] : found?.kind;
  }
  const { bytes, manifest, path, isPlain } = found;
  return [new TextDecoder().decode(bytes), manifest.kind, formatPath(path), isPlain];
}

const CONTENT = "spec.template.spec.volumes[1].cloudInitNoCloud";

Deno.test("user data is plain text or base64, and the plain text counts more", () => {
  const [userData, userDataBase64] = ["plain", btoa("encoded")];
  const plain = ["plain", "VirtualMachine", `${CONTENT}.userData`, true];
  const encoded = ["encoded", "VirtualMachine", `${CONTENT}.userDataBase64`, false];
  assert.deepEqual(userDataOf({ userData }), plain);
  assert.deepEqual(userDataOf({ userData, userDataBase64 }), plain);
  assert.deepEqual(userDataOf({ userDataBase64 }), encoded);
  assert.deepEqual(userDataOf({ userData: "", userDataBase64 }), encoded);
});

Deno.test("there is no user data if it is empty, or no base64", () => {
  for (const userDataBase64 of [undefined, "", "%"]) {
    assert.equal(userDataOf({ networkData: "x", userDataBase64 }), "none");
  }
});

Deno.test("a Secret with the user data counts more than the volume's own", () => {
  const content = { userData: "plain", secretRef: { name: "s" } };
  const plain = secret("s", { stringData: { userdata: "text" }, data: { userdata: btoa("data") } });
  const found = ["text", "Secret", "stringData.userdata", true];
  assert.deepEqual(userDataOf(content, plain), found);
  const encoded = secret("s", { data: { userData: btoa("data") } });
  assert.deepEqual(userDataOf(content, encoded), ["data", "Secret", "data.userData", false]);
  assert.equal(userDataOf({ secretRef: { name: "" }, userData: "a" })?.[0], "a");
});

Deno.test("of the two keys of a Secret, userdata counts more", () => {
  const both = secret("s", { data: { userData: btoa("second"), userdata: btoa("first") } });
  assert.deepEqual(userDataOf({ secretRef: { name: "s" } }, both)?.[0], "first");
  const damaged = secret("s", { data: { userdata: "%" }, stringData: { userData: "second" } });
  assert.deepEqual(userDataOf({ secretRef: { name: "s" } }, damaged)?.[0], "second");
});

Deno.test("the user data is unknown if the Secret was not given, or has none", () => {
  const content = { secretRef: { name: "s" } };
  const other = { stringData: { userdata: "text" } };
  assert.deepEqual(userDataOf(content), ["s", undefined]);
  assert.deepEqual(userDataOf(content, secret("t", other)), ["s", undefined]);
  assert.deepEqual(userDataOf(content, secret("s", other, "elsewhere")), ["s", undefined]);
  assert.deepEqual(userDataOf(content, secret("s", { data: { other: "" } })), ["s", "Secret"]);
});

Deno.test("KubeVirt uses the first cloud-init volume, of either kind", () => {
  const of = (...volumes: readonly unknown[]) => {
    const { index, volumeName, source } = manifestCloudInit(vmWith(...volumes), []) ?? {};
    return [index, volumeName, source];
  };
  const [noCloud, configDrive] = [{ cloudInitNoCloud: {} }, { cloudInitConfigDrive: {} }];
  const drive = { name: "drive", ...configDrive };
  assert.deepEqual(of(drive, { name: "ci", ...noCloud }), [0, "drive", "cloudInitConfigDrive"]);
  assert.deepEqual(of({ name: "root" }, noCloud), [1, "", "cloudInitNoCloud"]);
  assert.equal(manifestCloudInit(vmWith({ name: "root" }), []), undefined);
});

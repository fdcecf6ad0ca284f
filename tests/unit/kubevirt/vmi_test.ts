import assert from "node:assert/strict";
import { annotationsOf, labelsOf } from "../../../src/kubevirt/metadata.ts";
import { parseVmi, readVmi } from "../../../src/kubevirt/vmi.ts";
import { InvalidInput } from "../../../src/text/invalid_input.ts";

const EMPTY = {
  namespace: "",
  name: "",
  labels: new Map(),
  annotations: new Map(),
  cloudInitVolumes: [],
  containerPathVolumes: [],
  bootImages: [],
  hasSysprepVolume: false,
  virtiofsFilesystems: new Set(),
  podInterface: { binding: "default", vmNetworkCidr: undefined },
  hasHypervFeatures: false,
  hasHypervClock: false,
  guestAgentOs: { id: "", name: "" },
};

Deno.test("a VMI that says nothing has nothing", () => {
  assert.deepEqual(readVmi({}), EMPTY);
  assert.deepEqual(parseVmi(new Uint8Array()), EMPTY);
});

Deno.test("a VMI that is no object is refused", () => {
  assert.throws(
    () => parseVmi(new TextEncoder().encode("[]")),
    (error) => error instanceof InvalidInput && error.source === "VMI",
  );
});

Deno.test("a VMI is known by its metadata", () => {
  const labels = { app: "orders", "kubevirt.io/os": "fedora" };
  const annotations = { note: "mine" };
  const vmi = { metadata: { namespace: "shop", name: "orders", labels, annotations } };
  assert.deepEqual(readVmi(vmi), {
    ...EMPTY,
    namespace: "shop",
    name: "orders",
    labels: new Map(Object.entries(labels)),
    annotations: new Map(Object.entries(annotations)),
  });
  assert.deepEqual(labelsOf(vmi), labels);
  assert.deepEqual(annotationsOf(vmi), annotations);
});

Deno.test("cloud-init volumes are of two kinds, and of a Secret or not", () => {
  const { cloudInitVolumes } = readVmi({
    spec: {
      volumes: [
        { name: "root", dataVolume: { name: "root" } },
        { name: "one", cloudInitNoCloud: { userData: "a" } },
        { name: "two", cloudInitConfigDrive: { userDataBase64: "Yg==" } },
        { cloudInitNoCloud: { secretRef: { name: "s" } } },
      ],
    },
  });
  const none = { userData: undefined, userDataBase64: undefined, userDataFromSecret: false };
  assert.deepEqual(cloudInitVolumes, [
    { ...none, volumeName: "one", userData: "a" },
    { ...none, volumeName: "two", userDataBase64: "Yg==" },
    { ...none, volumeName: "", userDataFromSecret: true },
  ]);
});

Deno.test("the filesystems that virtiofs shares have names", () => {
  const filesystems = [{ name: "a", virtiofs: {} }, { name: "b" }, { virtiofs: {} }];
  const { virtiofsFilesystems } = readVmi({ spec: { domain: { devices: { filesystems } } } });
  assert.deepEqual(virtiofsFilesystems, new Set(["a"]));
});

Deno.test("containerPath volumes share folders, by their names", () => {
  const { containerPathVolumes } = readVmi({
    spec: {
      volumes: [{ name: "a", containerPath: { path: "/a" } }, { containerPath: { path: "/b" } }],
    },
  });
  assert.deepEqual(containerPathVolumes, [
    { volumeName: "a", path: "/a" },
    { volumeName: "", path: "/b" },
  ]);
});

Deno.test("an interface without a network, or a network without an interface, is none on the pod network", () => {
  const interfaces = [{ name: "default", masquerade: {} }];
  const networks = [{ name: "default", pod: {} }];
  for (const spec of [{ domain: { devices: { interfaces } } }, { networks }]) {
    assert.equal(readVmi({ spec }).podInterface, undefined);
  }
});

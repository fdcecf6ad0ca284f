import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { HookContext } from "../../../src/hooks/decision.ts";
import { preCloudInitIso } from "../../../src/hooks/pre_cloud_init_iso.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { noCloudData } from "../../support/kubevirt.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { NO_FLAGS } from "../../support/vm_options.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const CONTEXT: HookContext = {
  identity: captureIdentity(IRSA_ENVIRONMENT),
  ...NO_FLAGS,
  delivery: "cloud-init",
};

function call(vmi: unknown, userData: string, options: Partial<HookContext> = {}) {
  const request = {
    vmi: encode(vmi),
    cloudInitData: encode(noCloudData(userData)),
    cloudInitNoCloudSource: encode({ userData, networkData: "version: 2\n" }),
  };
  const { result, notes } = preCloudInitIso(request, { ...CONTEXT, ...options });
  const { cloudInitData, cloudInitNoCloudSource } = result();
  const isUnchanged = Buffer.concat(cloudInitData).equals(request.cloudInitData) &&
    Buffer.concat(cloudInitNoCloudSource).equals(request.cloudInitNoCloudSource);
  return { isUnchanged, notes };
}

const labelled = (os: string) => ({ metadata: { annotations: { "vm.kubevirt.io/os": os } } });
const imaged = (image: string) => ({
  spec: { volumes: [{ name: "r", containerDisk: { image } }] },
});

const OTHER_GUESTS: readonly (readonly [string, unknown])[] = [
  ["Talos", labelled("talos")],
  ["Talos", imaged("ghcr.io/siderolabs/talos-nocloud:v1.11.0")],
  ["Flatcar", imaged("quay.io/containerdisks/flatcar:latest")],
  ["CoreOS", labelled("fedora-coreos")],
  ["Bottlerocket", labelled("bottlerocket")],
  ["CirrOS", imaged("quay.io/kubevirt/cirros-container-disk-demo")],
  ["Kairos", imaged("quay.io/kairos/ubuntu:24.04")],
];

for (const [guest, vmi] of OTHER_GUESTS) {
  for (
    const userData of [
      "",
      "\n",
      "#cloud-config\n",
      "#include\nhttps://config.example.net/node.yaml\n",
      "#!talos\nversion: v1alpha1\n",
      "#!/bin/sh\nid\n",
      "version: v1alpha1\nmachine: {type: worker}\n",
      '{"ignition": {"version": "3.4.0"}}',
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n#!/bin/sh\n--b--\n",
    ]
  ) {
    Deno.test(`${guest} gets its user data as it was: ${JSON.stringify(userData)} (${JSON.stringify(vmi)})`, () => {
      const { isUnchanged, notes: [note, ...others] } = call(vmi, userData);
      assert(isUnchanged);
      assert.deepEqual(others, []);
      assert.equal(note?.level, "warning");
      assert.match(note?.message ?? "", /is not changed, and the guest gets no role, because/);
    });
  }
  Deno.test(`the log says that the guest is ${guest}, and how that is known: ${JSON.stringify(vmi)}`, () => {
    const [note] = call(vmi, "#cloud-config\n").notes;
    assert.match(
      note?.message ?? "",
      new RegExp(`the guest is .*${guest}.* \\(the (annotation|image) `),
    );
    assert.equal(note?.fields?.guestOS, "linux");
  });
  Deno.test(`with --os linux, ${guest} gets our parts: ${JSON.stringify(vmi)}`, () => {
    const { isUnchanged, notes: [note] } = call(vmi, "#cloud-config\n", { os: "linux" });
    assert(!isUnchanged);
    assert.equal(note?.level, "info");
  });
}

Deno.test("without a role the user data stays as it is, and there is nothing to say", () => {
  assert.deepEqual(call({}, "#cloud-config\n", { identity: undefined }), {
    isUnchanged: true,
    notes: [],
  });
});

Deno.test("the log says which guest gets the role, in which user data, and which variables", () => {
  const environment = {
    AWS_NOTE: "a#b",
    AWS_REGION: "eu-central-1",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
  };
  for (const [userData, format] of [["#cloud-config\n", "#cloud-config"], ["", "empty"]]) {
    const { notes: [note, leftOut, ...others] } = call(
      labelled("ubuntu"),
      userData ?? "",
      { identity: captureIdentity(environment) },
    );
    assert.deepEqual(note?.fields, {
      guestOS: "linux",
      evidence: "the annotation vm.kubevirt.io/os is ubuntu",
      userData: format,
      variables: "AWS_REGION AWS_WEB_IDENTITY_TOKEN_FILE",
    });
    assert.equal(leftOut?.level, "warning");
    assert.match(leftOut.message, /variable AWS_NOTE/);
    assert.deepEqual(others, []);
  }
});

for (const [guest, vmi] of OTHER_GUESTS) {
  const hasUnits = ["Flatcar", "CoreOS", "Kairos"].includes(guest);
  Deno.test(`the domain gives ${hasUnits ? "the" : "no"} role to ${guest}: ${JSON.stringify(vmi)}`, () => {
    const [note] = call(vmi, "#cloud-config\n", { delivery: "auto" }).notes;
    assert.equal(note?.level, "warning");
    assert.match(
      note?.message ?? "",
      hasUnits ? /gets no role from it, because/ : /gets no role, because/,
    );
  });
}

for (
  const vmi of [
    { metadata: { name: "talos" } },
    imaged("quay.io/containerdisks/alpine:3.21"),
    labelled("freebsd14"),
    { spec: { volumes: [{ name: "r", persistentVolumeClaim: { claimName: "talos" } }] } },
  ]
) {
  Deno.test(`a guest that may have cloud-init gets our parts: ${JSON.stringify(vmi)}`, () => {
    assert(!call(vmi, "#cloud-config\n").isUnchanged);
  });
}

for (const options of [{}, { os: "linux" } as const]) {
  Deno.test(`#!talos is no script, whatever the guest is called: ${JSON.stringify(options)}`, () => {
    const { isUnchanged, notes: [note] } = call({}, "#!talos\nversion: v1alpha1\n", options);
    assert(isUnchanged);
    assert.match(note?.message ?? "", /starts with #!talos/);
  });
}

import assert from "node:assert/strict";
import { parseCloudInitData } from "../../../src/cloud_init/data.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { findTokenShare } from "../../../src/identity/share.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";
import { planGuest, plannedOemStrings, plannedUserData } from "../../../src/plan/guest_plan.ts";
import type { VmOptions } from "../../../src/plan/options.ts";
import { type InputSource, InvalidInput } from "../../../src/text/invalid_input.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { NO_FLAGS } from "../../support/vm_options.ts";

const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

interface Situation {
  readonly options?: Partial<VmOptions>;
  readonly userData?: string;
  /** The name of the volume that shares the token's folder; none by default. */
  readonly volume?: string;
  /** Other volumes, and the VMI's labels. */
  readonly volumes?: readonly unknown[];
  readonly labels?: Readonly<Record<string, string>>;
}

function plan(
  { options = {}, userData = "#cloud-config\n", volume, volumes, labels }: Situation,
) {
  const identity = captureIdentity(IRSA_ENVIRONMENT);
  assert(identity);
  const vmi = readVmi({
    metadata: { labels },
    spec: volume === undefined ? { volumes } : {
      domain: { devices: { filesystems: [{ name: volume, virtiofs: {} }] } },
      volumes: [{ name: volume, containerPath: { path: TOKEN_FOLDER } }],
    },
  });
  const cloudInit = parseCloudInitData({
    cloudInitData: new Uint8Array(),
    cloudInitNoCloudSource: new TextEncoder().encode(JSON.stringify({ userData })),
  });
  const share = findTokenShare(vmi, identity, NO_FLAGS.webhookShare);
  assert(share.kind !== "missing");
  return planGuest(vmi, cloudInit, { identity, share }, { ...NO_FLAGS, ...options });
}

Deno.test("without a hint the guest is Linux, and mounts the webhook's share", () => {
  const { os, share, settings, embedding } = plan({});
  assert.equal(os.os, "linux");
  assert.equal(os.source, "none");
  assert.deepEqual(share, NO_FLAGS.webhookShare);
  assert.equal(settings.mountTag, "aws-iam-token");
  assert.equal(settings.mountPath, "/aws-iam-token");
  assert.equal(settings.variables.get("AWS_WEB_IDENTITY_TOKEN_FILE"), "/run/aws-iam-token/token");
  assert.equal(embedding.kind, "embedded");
});

Deno.test("the flag --os wins over the user data", () => {
  const { os } = plan({ options: { os: "windows" }, userData: "#!/bin/sh\n" });
  assert.deepEqual(os, { os: "windows", source: "flag", evidence: "the flag --os" });
});

Deno.test("without --os, user data that only one guest acts on decides", () => {
  const { os } = plan({ userData: "#ps1_sysnative\n" });
  assert.equal(os.os, "windows");
  assert.equal(os.source, "user data");
});

Deno.test("a share of the VMI's own is mounted by the name of its volume", () => {
  const { share, settings } = plan({ volume: "web-identity" });
  assert.deepEqual(share, { kind: "containerPath", tag: "web-identity" });
  assert.equal(settings.mountTag, "web-identity");
});

Deno.test("if the user data cannot be embedded, the plan has none", () => {
  const ignition = plan({ userData: '{"ignition": {}}' });
  assert.equal(ignition.embedding.kind, "untouched");
  assert.equal(plannedUserData(ignition), undefined);
});

/** A cloud-init volume whose user data is not UTF-8. */
const binary = (text: string) => [{
  name: "cloudinit",
  cloudInitNoCloud: { userDataBase64: btoa(`${text}\xff\n`) },
}];

Deno.test("user data that KubeVirt has damaged in the request is embedded as the VMI has it", () => {
  const { embedding } = plan({ userData: "#!/bin/sh\n\uFFFD\n", volumes: binary("#!/bin/sh\n") });
  assert(embedding.kind === "embedded" && embedding.entity.kind === "part");
  assert.deepEqual(embedding.entity.bytes.at(-2), 0xff);
});

Deno.test("a Windows guest has no other reader, whatever its image is called", () => {
  const { otherReader, embedding } = plan({
    volumes: [
      { name: "root", containerDisk: { image: "registry.example/talos:1" } },
      { name: "answers", sysprep: {} },
    ],
    userData: "",
  });
  assert.equal(otherReader, undefined);
  assert.equal(embedding.kind, "empty");
});

Deno.test("user data that its reader does not embed keeps the reason, whoever reads it", () => {
  const { embedding } = plan({
    labels: { "kubevirt.io/os": "talos" },
    userData: "#!talos\nversion: v1alpha1\n",
  });
  assert(embedding.kind === "untouched");
  assert.match(embedding.reason, /starts with #!talos/);
  assert.equal(embedding.otherReader, undefined);
});

Deno.test("a domain that delivers nothing has no strings, and leaves nothing out", () => {
  assert.deepEqual(plannedOemStrings(plan({ options: { delivery: "cloud-init" } })), {
    oemStrings: [],
    oemVariables: [],
    secrets: [],
  });
});

/** Plans that fail, the input that is the cause, and the message. */
const FAILURES: readonly (readonly [string, Situation, InputSource, RegExp])[] = [
  [
    "a mount path of another guest",
    { options: { mountPath: "C:\\token" } },
    "args",
    /^The flag --mount-path .* args of the sidecar .* --os\.$/,
  ],
  [
    "a volume whose name is two lines",
    { volume: "irsa\nAWS_ROLE_ARN=arn:another" },
    "VMI",
    /control character: rename it\.$/,
  ],
  ["a volume with a NUL in its name", { volume: "irsa\0" }, "VMI", /control character/],
  [
    "text that is not UTF-8 and that no reader acts on, because it would be returned damaged",
    { userData: "free text\uFFFD\n", volumes: binary("free text") },
    "cloud-init data",
    /is not text.*--hooks onDefineDomain/,
  ],
  [
    "gzip that KubeVirt has damaged",
    { userData: "\u001f\ufffd\b" },
    "cloud-init data",
    /is gzip, which KubeVirt cannot hand to a hook undamaged/,
  ],
];

for (const [what, situation, source, message] of FAILURES) {
  Deno.test(`no plan with ${what}: the cause is the ${source}`, () => {
    assert.throws(() => plan(situation), (error) => {
      assert(error instanceof InvalidInput);
      assert.equal(error.source, source);
      assert.match(error.message, message);
      return true;
    });
  });
}

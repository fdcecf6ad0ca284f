import assert from "node:assert/strict";
import { parseCloudInitData } from "../../../src/cloud_init/data.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { findTokenShare } from "../../../src/identity/share.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";
import { planGuest, plannedUserData } from "../../../src/plan/guest_plan.ts";
import type { VmOptions } from "../../../src/plan/options.ts";
import { type InputSource, InvalidInput } from "../../../src/text/invalid_input.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";

const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const DEFAULTS: VmOptions = {
  os: undefined,
  mountPath: undefined,
  webhookShare: { kind: "webhook", tag: "aws-iam-token", socket: "/run/token.sock" },
  tokenReaders: "everyone",
  delivery: "auto",
};

interface Situation {
  readonly options?: Partial<VmOptions>;
  readonly userData?: string;
  /** The name of the volume that shares the token's folder; none by default. */
  readonly volume?: string;
}

function plan({ options = {}, userData = "#cloud-config\n", volume }: Situation) {
  const identity = captureIdentity(IRSA_ENVIRONMENT);
  assert(identity);
  const vmi = readVmi({
    spec: volume === undefined ? {} : {
      domain: { devices: { filesystems: [{ name: volume, virtiofs: {} }] } },
      volumes: [{ name: volume, containerPath: { path: TOKEN_FOLDER } }],
    },
  });
  const cloudInit = parseCloudInitData({
    cloudInitData: new Uint8Array(),
    cloudInitNoCloudSource: new TextEncoder().encode(JSON.stringify({ userData })),
  });
  const share = findTokenShare(vmi, identity, DEFAULTS.webhookShare);
  assert(share.kind !== "missing");
  return planGuest(vmi, cloudInit, { identity, share }, { ...DEFAULTS, ...options });
}

Deno.test("without a hint the guest is Linux, and mounts the webhook's share", () => {
  const { os, share, settings, embedding } = plan({});
  assert.equal(os.os, "linux");
  assert.equal(os.source, "none");
  assert.deepEqual(share, DEFAULTS.webhookShare);
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

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { HookContext } from "../../../src/hooks/decision.ts";
import { onDefineDomain } from "../../../src/hooks/on_define_domain.ts";
import { preCloudInitIso } from "../../../src/hooks/pre_cloud_init_iso.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import type { Note } from "../../../src/log/note.ts";
import { settingsTextIn } from "../../support/guest_part.ts";
import { LINUX, WINDOWS } from "../../support/kubevirt.ts";
import {
  type KnownVm,
  POD_IDENTITY_ENVIRONMENT,
  sharingPodIdentity,
} from "../../support/pod_identity.ts";
import type { CloudInitData } from "../../support/virt_launcher.ts";
import { NO_FLAGS } from "../../support/vm_options.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const CONTEXT: HookContext = {
  identity: captureIdentity(POD_IDENTITY_ENVIRONMENT),
  ...NO_FLAGS,
};

/** Both hooks for a VM. */
function start({ vmi, domainXml, cloudInitData }: KnownVm) {
  const domain = onDefineDomain({
    domainXML: new TextEncoder().encode(domainXml),
    vmi: encode(vmi),
  }, CONTEXT);
  const cloudInit = preCloudInitIso({
    vmi: encode(vmi),
    cloudInitData: encode(cloudInitData),
    cloudInitNoCloudSource: encode({ userData: cloudInitData.UserData }),
  }, CONTEXT);
  const { UserData } = JSON.parse(
    Buffer.concat(cloudInit.result().cloudInitData).toString(),
  ) as CloudInitData;
  return {
    domain: new TextDecoder().decode(domain.result().domainXML),
    userData: UserData,
    notes: { domain: domain.notes, cloudInit: cloudInit.notes },
  };
}

const warningsOf = (notes: readonly Note[]) =>
  notes.flatMap(({ level, message }) => level === "warning" ? [message] : []);

Deno.test("a Linux guest gets the agent's address as it is, its own token file, and the route", () => {
  const { userData, notes } = start(sharingPodIdentity(LINUX));
  assert.equal(
    settingsTextIn(userData),
    `FORMAT=2
MOUNT_TAG=pod-identity
MOUNT_PATH=/aws-iam-token
TOKEN_NAME=eks-pod-identity-token
TOKEN_READERS=everyone
AGENT_ADDRESS=169.254.170.23
AGENT_GATEWAY=10.0.2.1
AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/aws-iam-token/token
AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials
AWS_DEFAULT_REGION=eu-central-1
AWS_REGION=eu-central-1
AWS_STS_REGIONAL_ENDPOINTS=regional
END
`,
  );
  assert.deepEqual(warningsOf(notes.cloudInit), []);
});

Deno.test("a Windows guest gets the same", () => {
  const { userData } = start(sharingPodIdentity(WINDOWS));
  const { variables, agentRoute, mountTag, tokenName } = JSON.parse(settingsTextIn(userData));
  assert.deepEqual(variables, {
    ...POD_IDENTITY_ENVIRONMENT,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "C:\\ProgramData\\eks-irsa-sidecar\\token",
  });
  assert.deepEqual(agentRoute, { address: "169.254.170.23", gateway: "10.0.2.1" });
  assert.deepEqual([mountTag, tokenName], ["pod-identity", "eks-pod-identity-token"]);
});

Deno.test("the domain gets no device of the webhook's, and carries the role as with IRSA", () => {
  const { domain } = start(sharingPodIdentity(LINUX));
  assert(!domain.includes("aws-iam-token.sock"));
  assert.match(domain, /<entry>eks-irsa-sidecar:gzip=/);
});

Deno.test("without a volume of the token's folder nothing changes, and both hooks say what to do", () => {
  for (const vm of [LINUX, WINDOWS]) {
    const { domain, userData, notes } = start(vm);
    assert.equal(domain, vm.domainXml);
    assert.equal(userData, vm.cloudInitData.UserData);
    for (const [warning = "", ...others] of [notes.domain, notes.cloudInit].map(warningsOf)) {
      assert.match(warning, /gets no role.*EKS Pod Identity.*containerPath volume/);
      assert.deepEqual(others, []);
    }
  }
});

Deno.test("a VM behind a bridge gets everything, and one warning that the agent may be out of reach", () => {
  const vm = sharingPodIdentity(LINUX);
  const vmi = JSON.parse(JSON.stringify(vm.vmi).replace('"masquerade"', '"bridge"'));
  const { userData, notes } = start({ ...vm, vmi });
  assert(!settingsTextIn(userData).includes("AGENT_"));
  const [warning = "", ...others] = warningsOf(notes.cloudInit);
  assert.match(warning, /may not reach the agent.*masquerade/);
  assert.deepEqual(others, []);
  // This VMI has no cloud-init volume: the domain is the only way, and says it too.
  assert.deepEqual(warningsOf(notes.domain), [warning]);
});

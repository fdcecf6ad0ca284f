import assert from "node:assert/strict";
import {
  admit,
  type PolicySettings,
  type Surroundings,
  withParts,
} from "../../../src/admission/admit.ts";
import {
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import {
  ADMISSION_CASES,
  type AdmissionCase,
  type ExpectedAdmission,
  expectedVmi,
  NAMESPACES,
  SERVICE_ACCOUNTS,
  TOKEN_FOLDER,
} from "../../support/admission_cases.ts";

const SETTINGS: PolicySettings = {
  accountBy: "serviceAccountName",
  image: "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0",
  tokenFolder: TOKEN_FOLDER,
};
const SETTINGS_ON_1_8: PolicySettings = { ...SETTINGS, accountBy: "volume" };

const metadataOf = (object: JsonObject) => objectMember(object, "metadata");

function surroundings(vmi: JsonObject): Surroundings {
  const namespace = stringMember(metadataOf(vmi), "namespace");
  const found = NAMESPACES.find((one) => metadataOf(one)?.name === namespace);
  return {
    namespaceLabels: found && objectMember(metadataOf(found), "labels"),
    serviceAccounts: SERVICE_ACCOUNTS
      .filter((account) => metadataOf(account)?.namespace === namespace)
      .map((account) => ({
        name: stringMember(metadataOf(account), "name") ?? "",
        roleArn: stringMember(
          objectMember(metadataOf(account), "annotations"),
          "eks.amazonaws.com/role-arn",
        ),
      })),
  };
}

function holds(
  one: AdmissionCase,
  expected: ExpectedAdmission,
  settings: PolicySettings,
): void {
  const admission = admit(one.vmi, surroundings(one.vmi), settings);
  if (expected.kind !== "enrolled") {
    const { kind, reason } = expected;
    assert.deepEqual(admission, { kind, reason });
    return;
  }
  assert.ok(admission.kind === "enrolled", JSON.stringify(admission));
  assert.deepEqual(admission.vmi, expectedVmi(one, expected));
  // Submitted again, as a webhook or a reinvocation does, it stays as it is.
  assert.deepEqual(admit(admission.vmi, surroundings(one.vmi), settings), admission);
}

for (const one of ADMISSION_CASES) {
  Deno.test(`admission: ${one.name}`, () => holds(one, one.expected, SETTINGS));
  Deno.test(`admission on KubeVirt 1.8: ${one.name}`, () => {
    holds(one, one.expectedOn18 ?? one.expected, SETTINGS_ON_1_8);
  });
}

Deno.test("a VMI without a domain is left alone: the API server says what is wrong", () => {
  const vmi = {
    metadata: { namespace: "reports", labels: { "eks-irsa-sidecar.github.io/inject": "true" } },
    spec: { serviceAccountName: "report-writer" },
  };
  assert.deepEqual(admit(vmi, surroundings(vmi), SETTINGS), {
    kind: "left alone",
    reason: "no domain",
  });
});

Deno.test("the token's volume has another name if a disk has that name", () => {
  const vmi = { spec: { domain: { devices: { disks: [{ name: "web-identity" }] } } } };
  const spec = objectMember(withParts(vmi, SETTINGS, "web identity").vmi, "spec");
  assert.deepEqual(spec?.volumes, [{
    name: "eks-irsa-sidecar-token",
    containerPath: { path: TOKEN_FOLDER, readOnly: true },
  }]);
});

Deno.test("an installation can name the folder of the web identity token, and no other", () => {
  const settings = { ...SETTINGS, tokenFolder: "/var/run/tokens" };
  for (
    const [identity, folder] of [
      ["web identity", "/var/run/tokens"],
      ["pod identity", "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"],
    ] as const
  ) {
    const { vmi } = withParts({ spec: { domain: {} } }, settings, identity);
    const [volume] = objectsMember(objectMember(vmi, "spec"), "volumes");
    assert.equal(objectMember(volume, "containerPath")?.path, folder);
  }
});

for (const sidecars of ["{}", ["a"]]) {
  Deno.test(`sidecars that are no list stay as they are: ${JSON.stringify(sidecars)}`, () => {
    const metadata = { annotations: { "hooks.kubevirt.io/hookSidecars": sidecars } };
    const { vmi, refusal } = withParts(
      { metadata, spec: { domain: {} } },
      SETTINGS,
      "web identity",
    );
    assert.equal(refusal, "sidecars are no list");
    assert.deepEqual(vmi.metadata, metadata);
  });
}

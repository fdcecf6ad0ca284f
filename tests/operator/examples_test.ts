import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { checkManifests } from "../../src/operator/check/check.ts";
import { findObject, type Manifest } from "../../src/operator/manifest/manifest.ts";
import { readManifestFiles } from "../../src/operator/manifest/read_files.ts";
import { asObject, type JsonObject, objectMember, objectsMember } from "../../src/text/json.ts";
import { repositoryPath } from "../support/paths.ts";

const EXAMPLES = [
  "linux.yaml",
  "linux-webhook.yaml",
  "linux-container-path.yaml",
  "pod-identity.yaml",
  "container-path-kubevirt-1.8.yaml",
  "windows.yaml",
  "dedicated-cpus.yaml",
];
const KUBEVIRT = repositoryPath("examples/kubevirt.yaml");

for (const name of EXAMPLES) {
  Deno.test(`nothing is wrong with examples/${name}`, async () => {
    const files = [repositoryPath(`examples/${name}`), KUBEVIRT];
    const checked = checkManifests(await readManifestFiles(files), files);
    assert.equal(checked.length, 1);
    assert.deepEqual(checked.flatMap(({ findings }) => findings), []);
  });
}

/** Examples, releases of KubeVirt, and the codes that check finds. */
const RELEASES: readonly (readonly [string, string, readonly string[]])[] = [
  ["linux.yaml", "v1.9.0", []],
  ["linux.yaml", "v1.8.2", ["service-account-field"]],
  ["namespace.yaml", "v1.9.0", []],
  ["namespace.yaml", "v1.8.2", []],
  ["linux-container-path.yaml", "v1.9.0", []],
  ["linux-container-path.yaml", "v1.8.2", ["service-account-field"]],
  ["pod-identity.yaml", "v1.9.0", []],
  ["pod-identity.yaml", "v1.8.2", ["service-account-field"]],
  ["dedicated-cpus.yaml", "v1.9.0", []],
  ["dedicated-cpus.yaml", "v1.8.2", ["service-account-field"]],
  ["container-path-kubevirt-1.8.yaml", "v1.8.2", []],
];

for (const [name, version, codes] of RELEASES) {
  Deno.test(`check of examples/${name} on KubeVirt ${version}: ${codes.join() || "nothing"}`, async () => {
    const manifests = await readManifestFiles([repositoryPath(`examples/${name}`)]);
    const checked = checkManifests([...manifests, await kubevirtAt(version)], [name]);
    const found = checked.flatMap(({ findings }) => findings.map(({ code }) => code));
    assert.deepEqual(found, codes);
  });
}

/** Examples with a serviceAccount volume, which gives the account's Kubernetes token to the guest. */
const WITH_KUBERNETES_TOKEN = [
  "container-path-kubevirt-1.8.yaml",
  "linux-webhook.yaml",
  "windows.yaml",
];

for (const name of EXAMPLES.filter((name) => !WITH_KUBERNETES_TOKEN.includes(name))) {
  Deno.test(`examples/${name} keeps the Kubernetes token from the guest`, async () => {
    const virtualMachine = (await documents(repositoryPath(`examples/${name}`)))
      .find(({ kind }) => kind === "VirtualMachine");
    const spec = objectMember(
      objectMember(objectMember(virtualMachine, "spec"), "template"),
      "spec",
    );
    assert.equal(typeof spec?.serviceAccountName, "string");
    const volumes = objectsMember(spec, "volumes");
    assert.deepEqual(volumes.filter((volume) => "serviceAccount" in volume), []);
  });
}

Deno.test("the Windows example reads the role from the machine's variables, which its first boot has", async () => {
  const text = await Deno.readTextFile(repositoryPath("examples/windows.yaml"));
  assert.doesNotMatch(text, /\$env:AWS_/);
  assert.ok(text.includes("[Environment]::GetEnvironmentVariable('AWS_ROLE_ARN', 'Machine')"));
});

Deno.test("the trust policy trusts only the service account of the examples", async () => {
  const policy = asObject(
    JSON.parse(await Deno.readTextFile(repositoryPath("examples/iam-trust-policy.json"))),
  );
  const [statement] = objectsMember(policy, "Statement");
  const federated = String(objectMember(statement, "Principal")?.Federated);
  const issuer = federated.slice(federated.indexOf("/") + 1);
  const condition = objectMember(objectMember(statement, "Condition"), "StringEquals");
  const manifests = await readManifestFiles([repositoryPath("examples/linux-webhook.yaml")]);
  const account = findObject(manifests, "ServiceAccount", "reports", "report-writer");
  assert.equal(account?.name, "report-writer");
  assert.deepEqual(condition, {
    [`${issuer}:aud`]: "sts.amazonaws.com",
    [`${issuer}:sub`]: "system:serviceaccount:reports:report-writer",
  });
});

for (
  const [policy, codes] of [
    ["pod-identity-trust-policy.json", []],
    ["iam-trust-policy.json", ["pod-identity-trust"]],
  ] as const
) {
  Deno.test(`the example of EKS Pod Identity with ${policy}: ${codes.join() || "nothing"}`, async () => {
    const files = ["pod-identity.yaml", policy].map((name) => repositoryPath(`examples/${name}`));
    const checked = checkManifests(await readManifestFiles(files), files);
    assert.deepEqual(checked.flatMap(({ findings }) => findings.map(({ code }) => code)), codes);
  });
}

Deno.test("with Plugins in the cluster, check wants the example with the Plugin", async () => {
  const folder = repositoryPath("examples");
  const kubevirt = await kubevirtAt("v1.9.0");
  const developerConfiguration = { featureGates: ["Sidecar", "Plugins"] };
  const withPlugins: Manifest = {
    ...kubevirt,
    object: { ...kubevirt.object, spec: { configuration: { developerConfiguration } } },
  };
  const codesWith = async (...files: readonly string[]) => {
    const manifests = await readManifestFiles(files.map((file) => `${folder}/${file}`));
    return checkManifests([...manifests, withPlugins], files)
      .flatMap(({ findings }) => findings.map(({ code }) => code));
  };
  assert.deepEqual(await codesWith("linux-webhook.yaml"), ["gate-plugins"]);
  assert.deepEqual(await codesWith("linux-webhook.yaml", "plugin-device-address.yaml"), []);
});

/** The KubeVirt resource of the examples, in a cluster that runs this release. */
async function kubevirtAt(version: string): Promise<Manifest> {
  const [manifest] = await readManifestFiles([KUBEVIRT]);
  assert.ok(manifest !== undefined);
  const status = { observedKubeVirtVersion: version };
  return { ...manifest, object: { ...manifest.object, status } };
}

async function documents(file: string): Promise<readonly JsonObject[]> {
  const parsed = parseAllDocuments(await Deno.readTextFile(file));
  return Array.isArray(parsed) ? parsed.map((document) => asObject(document.toJS()) ?? {}) : [];
}

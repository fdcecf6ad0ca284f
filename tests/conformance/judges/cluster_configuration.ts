import assert from "node:assert/strict";
import { checkManifests } from "../../../src/operator/check/check.ts";
import { parseManifests } from "../../../src/operator/manifest/parse.ts";
import { type JsonObject, objectMember } from "../../../src/text/json.ts";
import { ADMISSION_CASES } from "../../operator/check_cases_admission.ts";
import { CLUSTER_CASES } from "../../operator/check_cases_cluster.ts";
import { POD_IDENTITY_CASES } from "../../operator/check_cases_pod_identity.ts";
import { USER_DATA_CASES } from "../../operator/check_cases_user_data.ts";
import { VM_CASES } from "../../operator/check_cases_vm.ts";
import { type Edit, fixture } from "../../operator/edit.ts";
import type { KubernetesApi } from "../cluster/api.ts";
import { type Cluster, FEATURE_GATES } from "../cluster/cluster.ts";
import { namespace } from "../cluster/objects.ts";
import { waitFor } from "../cluster/processes.ts";
import { documentedCommands } from "./documented_commands.ts";
import { ask, type Case, expect, expectAtLeast } from "./judge.ts";
import { objectsIn } from "./manifest_objects.ts";

/** OpenShift Virtualization's. */
const NAMESPACE = "openshift-cnv";
const HYPER_CONVERGED = "kubevirt-hyperconverged";
const FILES = [
  "examples/kubevirt.yaml",
  ...["eks-anywhere", "kops", "openshift", "rosa-hosted"].map((name) =>
    `tests/operator/manifests/platforms/${name}.yaml`
  ),
];
const WAIT_SECONDS = 60;

/**
 * The resources with KubeVirt's feature gates, against their own schemas: those of the documents and of check's tests
 * have no field that does not exist, and the documents' commands do what they say.
 *
 * @param crd of HyperConverged
 */
export async function configurationCases(
  cluster: Cluster,
  repository: string,
  crd: JsonObject,
): Promise<Case[]> {
  const { api } = cluster;
  await api.createAll([crd, namespace(NAMESPACE)]);
  await waitFor("resource HyperConverged", WAIT_SECONDS, async () => {
    const { status } = await api.create(hyperConverged("v1", []), true);
    return status === 201 || undefined;
  });
  return [
    ...await manifestCases(cluster, repository),
    ...await wrongFormCases(cluster),
    await ask("configuration: README.md's commands switch the feature gates on", async () => {
      await cluster.setFeatureGates([]);
      const readme = await Deno.readTextFile(`${repository}/README.md`);
      const [install = ""] = documentedCommands(readme, "kubectl patch kubevirt");
      const { code, stderr } = await cluster.shell(repository, install);
      expect(code === 0, stderr);
      const kubevirt = await api.must("GET", KUBEVIRT_PATH);
      assert.deepEqual(gatesOf(kubevirt), FEATURE_GATES);
    }),
    await ask("configuration: refused: a command with a map that names no version", async () => {
      await mapWithoutVersion(cluster);
    }),
    await ask("configuration: the commands of docs/clusters.md for HyperConverged", async () => {
      await documentedHyperConverged(cluster, repository);
    }),
  ];
}

const KUBEVIRT_PATH = "/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt";

async function manifestCases({ api }: Cluster, repository: string): Promise<Case[]> {
  const objects: [string, JsonObject][] = [];
  for (const file of FILES) {
    for (const object of objectsIn(await Deno.readTextFile(`${repository}/${file}`))) {
      if (object.kind === "KubeVirt" || object.kind === "HyperConverged") {
        objects.push([`the ${object.kind} of ${file}`, object]);
      }
    }
  }
  expectAtLeast(6, objects.length, "resources KubeVirt and HyperConverged");
  const changed = new Map<string, JsonObject>();
  for (const edit of EDITS) {
    const edited = fixture();
    edit(edited);
    const kubevirt: JsonObject = { ...edited.kubevirt };
    if (kubevirt.kind !== "") changed.set(JSON.stringify(kubevirt), kubevirt);
  }
  expectAtLeast(10, changed.size, "different resources KubeVirt in the cases of check");
  const cases: Case[] = [];
  for (const [what, object] of objects) {
    cases.push(await ask(`configuration: ${what}`, () => mustBeAccepted(api, object)));
  }
  cases.push(
    await ask("configuration: every KubeVirt of check's cases", async () => {
      for (const object of changed.values()) {
        await mustBeAccepted(api, { ...object, apiVersion: "kubevirt.io/v1" });
      }
    }),
  );
  return cases;
}

/** The changes of the resources in check's cases. */
const EDITS: readonly Edit[] = [
  ...ADMISSION_CASES,
  ...CLUSTER_CASES,
  ...POD_IDENTITY_CASES,
  ...USER_DATA_CASES,
  ...VM_CASES,
].flatMap(({ fires, silent }) => [fires, silent]);

/** What the API server has to refuse: the fields of the other version, and a field that does not exist. */
async function wrongFormCases({ api }: Cluster): Promise<Case[]> {
  const name = "containerPathVolumes";
  const wrong: readonly [string, JsonObject, string][] = [
    [
      "a map in v1",
      hyperConverged("v1", { [name]: true }),
      `unknown field "spec.featureGates.${name}"`,
    ],
    [
      "a list in v1beta1",
      hyperConverged("v1beta1", [{ name }]),
      'unknown field "spec.featureGates[0].name"',
    ],
    [
      "a field that does not exist",
      hyperConverged("v1beta1", { [`${name}s`]: true }),
      "unknown field",
    ],
    [
      "a field of KubeVirt that does not exist",
      {
        apiVersion: "kubevirt.io/v1",
        kind: "KubeVirt",
        spec: { configuration: { developerConfiguration: { gates: FEATURE_GATES } } },
      },
      "unknown field",
    ],
  ];
  const cases: Case[] = [];
  for (const [what, object, words] of wrong) {
    cases.push(
      await ask(`configuration: refused: ${what}`, async () => {
        const { status, body } = await api.create(placed(object), true);
        expect(status >= 400 && String(body.message).includes(words), `${status}: ${body.message}`);
      }),
    );
  }
  return cases;
}

/** kubectl takes the newest version where a command names none, and that one has a list: the commands name the other. */
async function mapWithoutVersion(cluster: Cluster): Promise<void> {
  const name = "of-v1";
  const metadata = { name, namespace: NAMESPACE };
  const { status, body } = await cluster.api.create({ ...hyperConverged("v1", []), metadata });
  expect(status === 201, String(body.message));
  const { code, stderr } = await cluster.kubectl(
    ...["patch", "hyperconverged", name, "-n", NAMESPACE, "--type", "merge"],
    ...["-p", '{"spec": {"featureGates": {"containerPathVolumes": true}}}'],
  );
  const words = "spec.featureGates: Invalid value";
  expect(code !== 0 && stderr.includes(words), `kubectl left with ${code} and said: ${stderr}`);
}

/** Both commands of docs/clusters.md, and what check says of the resource then. */
async function documentedHyperConverged(cluster: Cluster, repository: string): Promise<void> {
  const { api } = cluster;
  const { status, body } = await api.create(hyperConverged("v1beta1", {}));
  expect(status === 201, String(body.message));
  const page = await Deno.readTextFile(`${repository}/docs/clusters.md`);
  const commands = documentedCommands(page, HYPER_CONVERGED);
  expectAtLeast(1, commands.length, "commands for HyperConverged");
  for (const command of commands) {
    const { code, stderr } = await cluster.shell(repository, command);
    expect(code === 0, stderr);
  }
  const path =
    `/apis/hco.kubevirt.io/v1beta1/namespaces/${NAMESPACE}/hyperconvergeds/${HYPER_CONVERGED}`;
  const written = await api.must("GET", path);
  const vm = await Deno.readTextFile(`${repository}/tests/operator/manifests/platforms/vm.yaml`);
  const text = `${vm}\n---\n${JSON.stringify(written, null, 1)}`;
  const [checked] = checkManifests(parseManifests(text, "all.yaml"), ["all.yaml"]);
  assert.deepEqual(checked?.findings.map(({ code }) => code), []);
}

function hyperConverged(version: string, featureGates: unknown): JsonObject {
  return {
    apiVersion: `hco.kubevirt.io/${version}`,
    kind: "HyperConverged",
    metadata: { name: HYPER_CONVERGED, namespace: NAMESPACE },
    spec: { featureGates },
  };
}

async function mustBeAccepted(api: KubernetesApi, object: JsonObject): Promise<void> {
  const { status, body } = await api.create(placed(object), true);
  expect(status === 201, `${body.message}\n${JSON.stringify(object)}`);
}

/** A resource in a namespace that exists. The manifests of check's tests may name none. */
function placed(object: JsonObject): JsonObject {
  const metadata = objectMember(object, "metadata");
  return { ...object, metadata: { name: "resource", ...metadata, namespace: NAMESPACE } };
}

function gatesOf(kubevirt: JsonObject): unknown {
  const configuration = objectMember(objectMember(kubevirt, "spec"), "configuration");
  return objectMember(configuration, "developerConfiguration")?.featureGates;
}

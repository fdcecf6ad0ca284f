import { checkManifests } from "../../../src/operator/check/check.ts";
import { parseManifests } from "../../../src/operator/manifest/parse.ts";
import {
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import { namespace, persistentVolumeClaim, serviceAccount } from "../cluster/objects.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { waitFor } from "../cluster/processes.ts";
import { EXPLAINED } from "./cluster_explained.ts";
import { ask, type Case, expect, expectAtLeast } from "./judge.ts";
import { objectsIn } from "./manifest_objects.ts";
import { filesOf } from "./user_data_corpus.ts";

/** No VM is in them. */
const LEFT_OUT = ["examples/kubevirt.yaml", "examples/plugin-device-address.yaml"];
const FOLDERS = ["examples", "tests/operator/manifests"];
const ROLE = "arn:aws:iam::111122223333:role/vm";
const WAIT_SECONDS = 60;

/** What became of the manifests of a file. */
type Outcome =
  | { readonly kind: "starts" }
  | { readonly kind: "refused"; readonly words: string };

/**
 * Every manifest of the examples and of check's tests goes through KubeVirt's real admission, in a namespace of its own. Where
 * check finds an error and KubeVirt creates the pod, or the other way round, the difference is explained in a table.
 */
export async function manifestCases(cluster: Cluster, repository: string): Promise<Case[]> {
  const files: string[] = [];
  for (const folder of FOLDERS) {
    for (const name of await filesOf(`${repository}/${folder}`)) {
      const file = `${folder}/${name}`;
      if (/\.(yaml|json)$/.test(name) && !/policy\.json$/.test(name) && !LEFT_OUT.includes(file)) {
        files.push(file);
      }
    }
  }
  expectAtLeast(20, files.length, "manifests");
  // Each waits for a controller in a namespace of its own.
  const cases = await Promise.all(files.map((file) =>
    ask(`manifest: ${file}`, async () => {
      const text = await Deno.readTextFile(`${repository}/${file}`);
      await judgeManifest(cluster, file, text);
    })
  ));
  for (const { file } of EXPLAINED) {
    cases.push(
      await ask(
        `manifest: ${file} is still there`,
        () => expect(files.includes(file), "it is gone"),
      ),
    );
  }
  return cases;
}

async function judgeManifest(cluster: Cluster, file: string, text: string): Promise<void> {
  const name = file.replace("tests/operator/", "").replace(/\.(yaml|json)$/, "")
    .replace(/[./]/g, "-");
  const objects = objectsIn(text).map((object) => placed(object, name));
  const outcome = await outcomeOf(cluster, name, objects);

  const { body: kubevirt } = await cluster.api.request(
    "GET",
    "/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt",
  );
  const documents = [...objects, kubevirt].map((object) => JSON.stringify(object, null, 1));
  const checked = checkManifests(parseManifests(documents.join("\n---\n"), file), [file]);
  const errors = checked.flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity === "error").map(({ code }) => code);
  const found = errors.length > 0 ? `check finds ${errors.join(", ")}` : "check finds no error";
  const seen = outcome.kind === "starts"
    ? "KubeVirt creates the pod"
    : `KubeVirt refuses it: ${outcome.words}`;

  const explained = EXPLAINED.find((entry) => entry.file === file);
  const agree = (errors.length > 0) === (outcome.kind === "refused");
  if (explained === undefined) {
    expect(agree, `${found}, and ${seen}: explain it in cluster_explained.ts`);
    return;
  }
  expect(!agree, `it is explained in cluster_explained.ts, but ${found}, and ${seen}`);
  expect(
    JSON.stringify(explained.errors) === JSON.stringify(errors),
    `the explanation is of [${explained.errors.join(", ")}], but ${found}`,
  );
  const words = explained.refused ?? "creates the pod";
  expect(seen.includes(words), `the explanation is of "${words}", but ${seen}`);
}

/** Applies the objects as kubectl does, and waits for the pod or for the reason why there is none. */
async function outcomeOf(
  cluster: Cluster,
  name: string,
  objects: readonly JsonObject[],
): Promise<Outcome> {
  const { api } = cluster;
  const own = objects.find(({ kind }) => kind === "Namespace");
  await api.createAll([own ?? namespace(name)]);
  const there = objects.filter(({ kind }) => kind === "ServiceAccount")
    .map((account) => objectMember(account, "metadata")?.name);
  // What a file leaves to the cluster.
  await api.createAll([
    ...accountsIn(objects).filter((account) => !there.includes(account))
      .map((account) => serviceAccount(name, account, ROLE)),
    ...claimsIn(objects).map((claim) => persistentVolumeClaim(name, claim)),
    {
      apiVersion: "instancetype.kubevirt.io/v1beta1",
      kind: "VirtualMachineInstancetype",
      metadata: { namespace: name, name: "large" },
      spec: { cpu: { guest: 2 }, memory: { guest: "4Gi" } },
    },
  ]);
  const file = `${cluster.folder}/${name}.json`;
  const items = objects.filter((object) => object !== own);
  const list = { apiVersion: "v1", kind: "List", items };
  await Deno.writeTextFile(file, JSON.stringify(list));
  const applied = await cluster.kubectl("apply", "-f", file);
  if (applied.code !== 0) return { kind: "refused", words: applied.stderr.trim() };
  return await waitFor(`pod, or a reason, in ${name}`, WAIT_SECONDS, async () => {
    const pods = objectsMember(await api.must("GET", `/api/v1/namespaces/${name}/pods`), "items");
    if (pods.length > 0) return { kind: "starts" } as const;
    const words = await reasonIn(cluster, name);
    return words === undefined ? undefined : { kind: "refused", words } as const;
  });
}

/** Why the controllers have created no VMI, or no pod: a warning, or the condition of a failure. */
async function reasonIn({ api }: Cluster, name: string): Promise<string | undefined> {
  const listOf = async (path: string) => objectsMember(await api.must("GET", path), "items");
  const events = await listOf(`/api/v1/namespaces/${name}/events`);
  // A controller whose cache is late creates an object twice, and then goes on.
  const warning = events.find(({ type, message }) =>
    type === "Warning" && !/ already exists$/.test(String(message))
  );
  if (warning !== undefined) return `${warning.reason}: ${warning.message}`;
  const kubevirt = `/apis/kubevirt.io/v1/namespaces/${name}`;
  const objects = [
    ...await listOf(`${kubevirt}/virtualmachines`),
    ...await listOf(`${kubevirt}/virtualmachineinstances`),
  ];
  const failure = objects
    .flatMap((object) => objectsMember(objectMember(object, "status"), "conditions"))
    .find(({ type, status }) =>
      (type === "Failure" && status === "True") || (type === "Synchronized" && status === "False")
    );
  return failure && `${failure.reason}: ${failure.message}`;
}

/**
 * An object in another namespace. A VM in it is to be started, and a VMI without memory gets some: the manifests of check's tests
 * are short, and would otherwise all be refused for that.
 */
function placed(object: JsonObject, namespace: string): JsonObject {
  if (object.kind === "Namespace") {
    return { ...object, metadata: { ...objectMember(object, "metadata"), name: namespace } };
  }
  const metadata = { ...objectMember(object, "metadata"), namespace };
  const spec = objectMember(object, "spec");
  const placed = object.kind === "VirtualMachine"
    ? { ...object, metadata, spec: { ...spec, runStrategy: "Always" } }
    : { ...object, metadata };
  const copy = structuredClone(placed) as JsonObject;
  for (const vmi of specsIn([copy])) {
    const domain = objectMember(vmi, "domain");
    const hasMemory = domain?.memory !== undefined || domain?.resources !== undefined ||
      spec?.instancetype !== undefined;
    if (!hasMemory) Object.assign(domain ?? {}, { memory: { guest: "1Gi" } });
  }
  return copy;
}

/** `default`, and the accounts that the VMs name. */
function accountsIn(objects: readonly JsonObject[]): string[] {
  const named = specsIn(objects).flatMap((spec) => [
    stringMember(spec, "serviceAccountName"),
    ...objectsMember(spec, "volumes").map((volume) =>
      stringMember(objectMember(volume, "serviceAccount"), "serviceAccountName")
    ),
  ]);
  return [...new Set(["default", ...named.filter((name) => name !== undefined)])];
}

function claimsIn(objects: readonly JsonObject[]): string[] {
  return specsIn(objects).flatMap((spec) => objectsMember(spec, "volumes"))
    .map((volume) =>
      stringMember(objectMember(volume, "persistentVolumeClaim"), "claimName") ??
        stringMember(objectMember(volume, "dataVolume"), "name")
    )
    .filter((claim) => claim !== undefined);
}

/** The specs of the VMIs that the objects are, or are templates of. */
function specsIn(objects: readonly JsonObject[]): JsonObject[] {
  return objects.flatMap((object) => {
    const spec = objectMember(object, "spec");
    const inner = [
      object.kind === "VirtualMachineInstance" ? spec : undefined,
      objectMember(objectMember(spec, "template"), "spec"),
      objectMember(
        objectMember(
          objectMember(objectMember(spec, "virtualMachineTemplate"), "spec"),
          "template",
        ),
        "spec",
      ),
    ];
    return inner.filter((found) => found !== undefined);
  });
}

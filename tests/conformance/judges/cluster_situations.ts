import {
  asObject,
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import { INJECT_LABEL, SIDECARS_ANNOTATION } from "../../support/admission_cases.ts";
import { podOf, README_ROLE, sidecarIn, vmiOf } from "../cluster/applied_vm.ts";
import { type Cluster, FEATURE_GATES, namespace, serviceAccount } from "../cluster/cluster.ts";
import { waitFor } from "../cluster/processes.ts";
import { ask, type Case, expect } from "./judge.ts";

const ACCOUNT = "report-writer";
const WAIT_SECONDS = 90;

interface Situation {
  /** Also the namespace's name. */
  readonly name: string;
  readonly what: string;
  judge(cluster: Cluster, namespace: string): Promise<void>;
}

/** What an operator meets around the policy, in a namespace for each. */
export async function situationCases(cluster: Cluster): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { name, what, judge } of SITUATIONS) {
    cases.push(
      await ask(`situation: ${what}`, async () => {
        await cluster.api.createAll([namespace(name)]);
        await judge(cluster, name);
      }),
    );
  }
  return cases;
}

const SITUATIONS: readonly Situation[] = [
  {
    name: "sidecar-gate-off",
    what: "the feature gate Sidecar is off: the VM has an event that says so",
    async judge(cluster, namespace) {
      await withGates(cluster, FEATURE_GATES.filter((gate) => gate !== "Sidecar"), async () => {
        await createVm(cluster, namespace);
        await eventIn(cluster, namespace, "Sidecar");
      });
    },
  },
  {
    name: "container-path-gate-off",
    what: "the feature gate ContainerPathVolumes is off: an event says so",
    async judge(cluster, namespace) {
      const gates = FEATURE_GATES.filter((gate) => gate !== "ContainerPathVolumes");
      await withGates(cluster, gates, async () => {
        await createVm(cluster, namespace);
        await eventIn(cluster, namespace, "ContainerPath");
      });
    },
  },
  {
    name: "account-after-the-vm",
    what: "an account that is created after the VM counts from the next start on",
    async judge(cluster, namespace) {
      await cluster.api.createAll([vmIn(namespace)]);
      const first = await vmiOf(cluster, namespace, "vm");
      expect(!isEnrolled(first), "a VMI without an account was enrolled");
      await cluster.api.createAll([serviceAccount(namespace, ACCOUNT, README_ROLE)]);
      const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/vm`;
      await cluster.api.must("DELETE", path);
      await waitFor("enrolled VMI after a restart", WAIT_SECONDS, async () => {
        const { status, body } = await cluster.api.request("GET", path);
        return status === 200 && isEnrolled(body) || undefined;
      });
    },
  },
  {
    name: "refused",
    what: "a VMI that is refused: the VM has an event in the policy's words",
    async judge(cluster, namespace) {
      await createVm(cluster, namespace, { annotations: { [SIDECARS_ANNOTATION]: "{}" } });
      await eventIn(cluster, namespace, "is not a list in JSON");
    },
  },
  {
    name: "warned",
    what: "kubectl apply warns of a label with another value",
    async judge(cluster, namespace) {
      const vm = vmIn(namespace, { labels: { [INJECT_LABEL]: "yes" } });
      const { warnings } = await cluster.api.create(vm);
      const words = 'has the value "yes"';
      expect(
        warnings.some((warning) => warning.includes(words)),
        `it should say: ${words}; but says: ${warnings.join("; ")}`,
      );
    },
  },
  {
    name: "bare-vmi",
    what: "kubectl apply of a VMI a second time is refused by KubeVirt, as the docs say",
    async judge(cluster, namespace) {
      await cluster.api.createAll([serviceAccount(namespace, ACCOUNT, README_ROLE)]);
      const { metadata, spec } = objectMember(objectMember(vmIn(namespace), "spec"), "template") ??
        {};
      const vmi = {
        apiVersion: "kubevirt.io/v1",
        kind: "VirtualMachineInstance",
        metadata: { ...asObject(metadata), name: "vm", namespace },
        spec,
      };
      const file = `${cluster.folder}/bare-vmi.json`;
      await Deno.writeTextFile(file, JSON.stringify(vmi));
      await cluster.mustKubectl("apply", "-f", file);
      expect(isEnrolled(await vmiOf(cluster, namespace, "vm")), "the VMI was not enrolled");
      const again = await cluster.kubectl("apply", "-f", file);
      expect(
        again.code !== 0 && again.stderr.includes("update of VMI object is restricted"),
        `kubectl left with ${again.code} and said: ${again.stderr}`,
      );
    },
  },
  {
    name: "instance-type",
    what: "a VM with an instance type and a preference is enrolled",
    async judge(cluster, namespace) {
      const { spec, ...rest } = vmIn(namespace);
      const template = objectMember(asObject(spec), "template");
      const inner = objectMember(template, "spec");
      const { memory: _, ...domain } = objectMember(inner, "domain") ?? {};
      await createVm(cluster, namespace, {}, {
        ...rest,
        spec: {
          ...asObject(spec),
          instancetype: { name: "u1.small" },
          preference: { name: "fedora" },
          template: { ...template, spec: { ...inner, domain } },
        },
      });
      await enrolledPod(cluster, namespace);
    },
  },
  {
    name: "two-policies",
    what: "beside another mutating policy that adds a sidecar of its own, both are there",
    async judge(cluster, namespace) {
      const labels = { "kubernetes.io/metadata.name": namespace };
      await cluster.api.createAll(anotherPolicy(labels));
      await waitFor("effect of the other policy", WAIT_SECONDS, async () => {
        const { body } = await cluster.api.create(probe(namespace), true);
        return JSON.stringify(body).includes("other-sidecar") || undefined;
      });
      await createVm(cluster, namespace);
      const vmi = await vmiOf(cluster, namespace, "vm");
      const annotation = sidecarsOf(vmi);
      expect(isEnrolled(vmi) && annotation.includes("other-sidecar"), `it is ${annotation}`);
      await enrolledPod(cluster, namespace);
    },
  },
];

function isEnrolled(vmi: JsonObject): boolean {
  return sidecarsOf(vmi).includes("eks-irsa-sidecar");
}

function sidecarsOf(vmi: JsonObject): string {
  const annotations = objectMember(objectMember(vmi, "metadata"), "annotations");
  return stringMember(annotations, SIDECARS_ANNOTATION) ?? "";
}

/** The VM `vm` of the namespace, which has opted in. */
function vmIn(namespace: string, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { name: "vm", namespace },
    spec: {
      runStrategy: "Always",
      template: {
        metadata: { labels: { [INJECT_LABEL]: "true" }, ...metadata },
        spec: {
          serviceAccountName: ACCOUNT,
          domain: {
            memory: { guest: "1Gi" },
            devices: { disks: [{ name: "cloudinit", disk: { bus: "virtio" } }] },
          },
          volumes: [{ name: "cloudinit", cloudInitNoCloud: { userData: "#cloud-config\n" } }],
        },
      },
    },
  };
}

/** The VMI of that VM, to be created only as a dry run. */
function probe(namespace: string): JsonObject {
  const template = objectMember(objectMember(vmIn(namespace), "spec"), "template");
  return {
    ...template,
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { ...objectMember(template, "metadata"), name: "probe", namespace },
  };
}

/** Creates the account with a role, and the VM. */
async function createVm(
  { api }: Cluster,
  namespace: string,
  metadata: JsonObject = {},
  vm = vmIn(namespace, metadata),
): Promise<void> {
  await api.createAll([serviceAccount(namespace, ACCOUNT, README_ROLE)]);
  await api.createAll([vm]);
}

async function enrolledPod(cluster: Cluster, namespace: string): Promise<void> {
  const pod = await podOf(cluster, await vmiOf(cluster, namespace, "vm"));
  const role = sidecarIn(pod)?.env.AWS_ROLE_ARN;
  expect(role === README_ROLE, `the sidecar's role is ${role}`);
}

/** Waits for an event, or a condition of a VM or VMI, with these words. */
async function eventIn({ api }: Cluster, namespace: string, words: string): Promise<void> {
  await waitFor(`event or condition that says "${words}"`, WAIT_SECONDS, async () => {
    const places = [
      `/api/v1/namespaces/${namespace}/events`,
      `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`,
      `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances`,
    ];
    const found = await Promise.all(places.map((place) => api.must("GET", place)));
    const messages = found.flatMap((list) => objectsMember(list, "items")).flatMap((item) => [
      String(item.message),
      ...objectsMember(objectMember(item, "status"), "conditions").map(({ message }) =>
        String(message)
      ),
    ]);
    return messages.some((message) => message.includes(words)) || undefined;
  });
}

/** Runs something with other feature gates, and waits until KubeVirt has seen the usual ones again. */
async function withGates(
  cluster: Cluster,
  gates: readonly string[],
  run: () => Promise<void>,
): Promise<void> {
  await cluster.setFeatureGates(gates);
  try {
    await run();
  } finally {
    await cluster.setFeatureGates(FEATURE_GATES);
  }
}

/** Somebody else's policy, which puts a sidecar of its own first. */
function anotherPolicy(namespaceLabels: JsonObject): JsonObject[] {
  const name = "another-policy";
  const apiVersion = "admissionregistration.k8s.io/v1";
  const key = `"${SIDECARS_ANNOTATION}"`;
  const annotations = "object.metadata.?annotations";
  const sidecar = '\'{"image": "registry.example/other-sidecar:1"}\'';
  return [{
    apiVersion,
    kind: "MutatingAdmissionPolicy",
    metadata: { name },
    spec: {
      reinvocationPolicy: "IfNeeded",
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [{
          apiGroups: ["kubevirt.io"],
          apiVersions: ["v1"],
          operations: ["CREATE"],
          resources: ["virtualmachineinstances"],
        }],
      },
      matchConditions: [{
        name: "not-there",
        expression: `!${annotations}[?${key}].orValue("").contains("other-sidecar")`,
      }],
      mutations: [{
        patchType: "JSONPatch",
        jsonPatch: {
          expression: `(has(object.metadata.annotations) ? [] : [
              JSONPatch{op: "add", path: "/metadata/annotations", value: {}}])
            + [JSONPatch{
              op: "add",
              path: "/metadata/annotations/" + jsonpatch.escapeKey(${key}),
              value: ${annotations}[?${key}].orValue("") == "" ? "[" + ${sidecar} + "]"
                : "[" + ${sidecar} + ", " + ${annotations}[?${key}].orValue("").substring(1)
            }]`,
        },
      }],
    },
  }, {
    apiVersion,
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      matchResources: { namespaceSelector: { matchLabels: namespaceLabels } },
    },
  }];
}

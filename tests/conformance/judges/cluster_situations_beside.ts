import { type JsonObject, objectMember, objectsMember } from "../../../src/text/json.ts";
import { SIDECARS_ANNOTATION } from "../../support/admission_cases.ts";
import { followVm, vmiOf } from "../cluster/applied_vm.ts";
import { serviceAccount } from "../cluster/objects.ts";
import { waitFor } from "../cluster/processes.ts";
import {
  createVm,
  DEDICATED_CPUS,
  enrolledPod,
  isEnrolled,
  probe,
  sidecarsOf,
  type Situation,
  vmIn,
  WAIT_SECONDS,
} from "./cluster_situation.ts";
import { expect } from "./judge.ts";

/** The container that the IRSA mutation webhook adds to a pod (kubevirt/irsa-mutation-webhook internal/mutator). */
const WEBHOOK_CONTAINER = "virtiofs-aws-iam-token";

/** Beside the policy, something else changes the VMI or its pod. */
export const BESIDE_SITUATIONS: readonly Situation[] = [
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
  {
    name: "irsa-mutation-webhook",
    what: "beside the IRSA mutation webhook, the guest has the policy's share alone",
    async judge(cluster, namespace, manager) {
      await cluster.api.createAll(irsaMutationWebhook(namespace));
      await waitForWebhook(cluster, namespace);
      await createVm(cluster, namespace);
      const { pod, domain } = await followVm(cluster, manager, namespace, "vm");
      const names = containerNames(pod);
      expect(
        names.includes(WEBHOOK_CONTAINER) && names.includes("virtiofs-web-identity"),
        `the containers are ${names.join(", ")}`,
      );
      const filesystems = domain.returned.match(/<filesystem\b/g) ?? [];
      expect(filesystems.length === 1, `the domain has ${filesystems.length} filesystems`);
    },
  },
  {
    name: "dedicated-cpus-and-webhook",
    what: "beside the IRSA mutation webhook, a pod with dedicated CPUs is not Guaranteed",
    async judge(cluster, namespace) {
      await cluster.api.createAll(irsaMutationWebhook(namespace));
      await waitForWebhook(cluster, namespace);
      await createVm(cluster, namespace, {}, vmIn(namespace, {}, DEDICATED_CPUS));
      const pod = await enrolledPod(cluster, namespace);
      const qos = objectMember(pod, "status")?.qosClass;
      expect(qos === "Burstable", `its QoS class is ${qos}`);
    },
  },
];

function containerNames(pod: JsonObject): readonly string[] {
  return objectsMember(objectMember(pod, "spec"), "containers").map(({ name }) => String(name));
}

async function waitForWebhook(
  { api }: Parameters<Situation["judge"]>[0],
  namespace: string,
): Promise<void> {
  await api.createAll([serviceAccount(namespace, "default")]);
  await waitFor("effect of the IRSA mutation webhook", WAIT_SECONDS, async () => {
    const { body } = await api.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "probe", namespace, labels: { "kubevirt.io": "virt-launcher" } },
      spec: {
        containers: [{ name: "compute", image: "probe" }],
        volumes: [{ name: "virtiofs-containers", emptyDir: {} }],
      },
    }, true);
    return containerNames(body).includes(WEBHOOK_CONTAINER) || undefined;
  });
}

/** What the IRSA mutation webhook does to the pods of a namespace, as a policy. */
function irsaMutationWebhook(namespace: string): JsonObject[] {
  const name = `irsa-mutation-webhook-${namespace}`;
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [{
    apiVersion,
    kind: "MutatingAdmissionPolicy",
    metadata: { name },
    spec: {
      reinvocationPolicy: "Never",
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [{
          apiGroups: [""],
          apiVersions: ["v1"],
          operations: ["CREATE"],
          resources: ["pods"],
        }],
        objectSelector: { matchExpressions: [{ key: "kubevirt.io", operator: "Exists" }] },
      },
      mutations: [{
        patchType: "JSONPatch",
        jsonPatch: {
          expression: `[JSONPatch{op: "add", path: "/spec/containers/-", value: {
              "name": dyn("${WEBHOOK_CONTAINER}"),
              "image": dyn("registry.example/virt-launcher:v1.9.0"),
              "command": dyn(["/usr/libexec/virtiofsd"]),
              "args": dyn([
                "--socket-path=/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock",
                "--shared-dir=/var/run/secrets/eks.amazonaws.com/serviceaccount"
              ]),
              "resources": dyn({
                "requests": {"cpu": "10m", "memory": "1M"},
                "limits": {"cpu": "100m", "memory": "128Mi"}
              }),
              "volumeMounts": dyn([{
                "name": "virtiofs-containers",
                "mountPath": "/var/run/kubevirt/virtiofs-containers"
              }])
            }}]`,
        },
      }],
    },
  }, {
    apiVersion,
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      matchResources: {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      },
    },
  }];
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

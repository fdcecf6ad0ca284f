import {
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import { INJECT_LABEL, SIDECARS_ANNOTATION } from "../../support/admission_cases.ts";
import { podOf, README_ROLE, sidecarIn, vmiOf } from "../cluster/applied_vm.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { serviceAccount } from "../cluster/objects.ts";
import { waitFor } from "../cluster/processes.ts";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import { expect } from "./judge.ts";

export const ACCOUNT = "report-writer";
export const WAIT_SECONDS = 90;

/** What an operator meets around the policy. */
export interface Situation {
  /** Also the namespace's name. */
  readonly name: string;
  readonly what: string;
  judge(cluster: Cluster, namespace: string, manager: HookManagerProgram): Promise<void>;
}

export function isEnrolled(vmi: JsonObject): boolean {
  return sidecarsOf(vmi).includes("eks-irsa-sidecar");
}

export function sidecarsOf(vmi: JsonObject): string {
  const annotations = objectMember(objectMember(vmi, "metadata"), "annotations");
  return stringMember(annotations, SIDECARS_ANNOTATION) ?? "";
}

/** The CPUs of a VM whose pod has to have the QoS class Guaranteed. */
export const DEDICATED_CPUS = { cpu: { cores: 2, dedicatedCpuPlacement: true } };

/** The VM `vm` of the namespace, which has opted in. */
export function vmIn(
  namespace: string,
  metadata: JsonObject = {},
  domain: JsonObject = {},
): JsonObject {
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
            ...domain,
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
export function probe(namespace: string): JsonObject {
  const template = objectMember(objectMember(vmIn(namespace), "spec"), "template");
  return {
    ...template,
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { ...objectMember(template, "metadata"), name: "probe", namespace },
  };
}

/** Creates the account with a role, and the VM. */
export async function createVm(
  { api }: Cluster,
  namespace: string,
  metadata: JsonObject = {},
  vm = vmIn(namespace, metadata),
): Promise<void> {
  await api.createAll([serviceAccount(namespace, ACCOUNT, README_ROLE)]);
  await api.createAll([vm]);
}

/** Waits for the pod of the VM, whose sidecar has the role. */
export async function enrolledPod(cluster: Cluster, namespace: string): Promise<JsonObject> {
  const pod = await podOf(cluster, await vmiOf(cluster, namespace, "vm"));
  const role = sidecarIn(pod)?.env.AWS_ROLE_ARN;
  expect(role === README_ROLE, `the sidecar's role is ${role}`);
  return pod;
}

/** Waits for an event, or a condition of a VM or VMI, with these words. */
export async function eventIn({ api }: Cluster, namespace: string, words: string): Promise<void> {
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

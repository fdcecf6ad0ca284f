import { type JsonObject, objectMember, objectsMember } from "../../../src/text/json.ts";
import { SIDECARS_ANNOTATION } from "../../support/admission_cases.ts";
import { pathOf } from "../cluster/api.ts";
import { README_ROLE, sidecarIn, vmiOf } from "../cluster/applied_vm.ts";
import { persistentVolumeClaim } from "../cluster/objects.ts";
import { runOnNode } from "../cluster/node.ts";
import { waitFor } from "../cluster/processes.ts";
import {
  createVm,
  DEDICATED_CPUS,
  enrolledPod,
  isEnrolled,
  sidecarsOf,
  type Situation,
  vmIn,
  WAIT_SECONDS,
} from "./cluster_situation.ts";
import { expect } from "./judge.ts";

const JSON_PATCH = "application/json-patch+json";

/** VMs that are more than a VM that starts. */
export const RUNNING_SITUATIONS: readonly Situation[] = [
  {
    name: "dedicated-cpus",
    what: "a VM with dedicated CPUs: its pod is Guaranteed, with the sidecar's limits",
    async judge(cluster, namespace) {
      await createVm(cluster, namespace, {}, vmIn(namespace, {}, DEDICATED_CPUS));
      const pod = await enrolledPod(cluster, namespace);
      const qos = objectMember(pod, "status")?.qosClass;
      expect(qos === "Guaranteed", `its QoS class is ${qos}`);
      const container = objectsMember(objectMember(pod, "spec"), "containers")
        .find(({ name }) => name === "hook-sidecar-0");
      const limits = JSON.stringify(objectMember(objectMember(container, "resources"), "limits"));
      expect(limits === '{"cpu":"200m","memory":"64M"}', `its limits are ${limits}`);
    },
  },
  {
    name: "live-migration",
    what: "the target pod of a live migration has the same sidecar, annotation and token",
    async judge(cluster, namespace) {
      const { api } = cluster;
      await createVm(cluster, namespace);
      const source = await enrolledPod(cluster, namespace);
      const vmi = await runOnNode(cluster, await vmiOf(cluster, namespace, "vm"));
      await api.createAll([{
        apiVersion: "kubevirt.io/v1",
        kind: "VirtualMachineInstanceMigration",
        metadata: { name: "migration", namespace },
        spec: { vmiName: "vm" },
      }]);
      const target = await waitFor("target pod", WAIT_SECONDS, async () => {
        const { items } = await api.must("GET", `/api/v1/namespaces/${namespace}/pods`);
        return objectsMember({ items }, "items").find((pod) =>
          "kubevirt.io/migrationJobUID" in
            (objectMember(objectMember(pod, "metadata"), "labels") ?? {})
        );
      });
      const parts = [source, target].map(partsOf);
      expect(parts[0] === parts[1], `source: ${parts[0]}\ntarget: ${parts[1]}`);
      expect(sidecarsOf(target) === sidecarsOf(vmi), `the annotation is ${sidecarsOf(target)}`);
      const role = sidecarIn(target)?.env.AWS_ROLE_ARN;
      expect(role === README_ROLE, `the sidecar's role is ${role}`);
    },
  },
  {
    name: "hotplug",
    what:
      "a volume that is hotplugged into the VM's spec reaches the VMI, and what was added stays",
    async judge(cluster, namespace) {
      const { api } = cluster;
      await createVm(cluster, namespace);
      const before = await runOnNode(cluster, await vmiOf(cluster, namespace, "vm"));
      await api.createAll([persistentVolumeClaim(namespace, "data")]);
      const template = "/spec/template/spec";
      const claim = { claimName: "data", hotpluggable: true };
      const vm = vmIn(namespace);
      await api.must("PATCH", pathOf(vm), [
        {
          op: "add",
          path: `${template}/volumes/-`,
          value: { name: "data", persistentVolumeClaim: claim },
        },
        {
          op: "add",
          path: `${template}/domain/devices/disks/-`,
          value: { name: "data", disk: { bus: "scsi" } },
        },
      ], JSON_PATCH);
      const after = await waitFor("volume in the VMI", WAIT_SECONDS, async () => {
        const vmi = await vmiOf(cluster, namespace, "vm");
        return volumeNames(vmi).includes("data") ? vmi : undefined;
      });
      expect(isEnrolled(after), "the sidecar is gone");
      const expected = [...volumeNames(before), "data"].join();
      expect(
        volumeNames(after).join() === expected,
        `its volumes are ${volumeNames(after).join()}`,
      );
      const conditions = objectsMember(
        objectMember(await api.must("GET", pathOf(vm)), "status"),
        "conditions",
      ).map(({ type }) => String(type));
      expect(!conditions.includes("RestartRequired"), "the VM has to be restarted");
    },
  },
];

function volumeNames(vmi: JsonObject): readonly string[] {
  return objectsMember(objectMember(vmi, "spec"), "volumes").map(({ name }) => String(name));
}

/** What the guest's role needs of a pod: the sidecar, the token's container, the token, the annotation. */
function partsOf(pod: JsonObject): string {
  const spec = objectMember(pod, "spec");
  const containers = [
    ...objectsMember(spec, "containers"),
    ...objectsMember(spec, "initContainers"),
  ].filter(({ name }) => ["hook-sidecar-0", "virtiofs-web-identity"].includes(String(name)));
  const token = objectsMember(spec, "volumes").filter(({ name }) => name === "aws-iam-token");
  const account = spec?.serviceAccountName;
  const annotations = objectMember(objectMember(pod, "metadata"), "annotations");
  expect(containers.length === 2 && token.length === 1, `the pod is ${JSON.stringify(pod)}`);
  return JSON.stringify({
    containers,
    token,
    account,
    sidecars: annotations?.[SIDECARS_ANNOTATION],
  });
}

import { asObject, type JsonObject, objectMember, objectsMember } from "../../../src/text/json.ts";
import { KubernetesApi, pathOf } from "./api.ts";
import { podOf } from "./applied_vm.ts";
import type { Cluster } from "./cluster.ts";
import { waitFor } from "./processes.ts";

const NODE = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node", labels: { "kubevirt.io/schedulable": "true" } },
};
const MERGE_PATCH = "application/merge-patch+json";
const WAIT_SECONDS = 60;

/**
 * Does for a VMI what the scheduler, the kubelet and virt-handler do: its pod runs on a node, and the VMI has the phase
 * Running. Nothing is started.
 *
 * @returns the VMI
 */
export async function runOnNode(cluster: Cluster, vmi: JsonObject): Promise<JsonObject> {
  const { api } = cluster;
  const { status, body } = await api.create(NODE);
  if (status !== 201 && status !== 409) throw new Error(String(body.message));
  const pod = { ...await podOf(cluster, vmi), apiVersion: "v1", kind: "Pod" };
  await api.must("POST", `${pathOf(pod)}/binding`, {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: objectMember(pod, "metadata")?.name },
    target: { apiVersion: "v1", kind: "Node", name: NODE.metadata.name },
  });
  const containerStatuses = objectsMember(objectMember(pod, "spec"), "containers").map(
    ({ name, image }) => ({
      name,
      image,
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: new Date().toISOString() } },
    }),
  );
  const conditions = [{ type: "Ready", status: "True" }];
  const running = { phase: "Running", conditions, containerStatuses };
  await api.must("PATCH", `${pathOf(pod)}/status`, { status: running }, MERGE_PATCH);

  using handler = await handlerOf(cluster);
  return await waitFor("running VMI", WAIT_SECONDS, async () => {
    const scheduled = await api.must("GET", pathOf(vmi));
    if (objectMember(scheduled, "status")?.phase !== "Scheduled") return undefined;
    const answer = await handler.request("PUT", pathOf(vmi), {
      ...scheduled,
      status: {
        ...objectMember(scheduled, "status"),
        phase: "Running",
        // On a node without SELinux. Without it virt-controller creates no target pod of a migration.
        selinuxContext: "none",
        conditions: [...conditions, { type: "LiveMigratable", status: "True" }],
      },
    });
    if (answer.status === 409) return undefined; // virt-controller has changed it
    if (answer.status !== 200) throw new Error(String(answer.body.message));
    return answer.body;
  });
}

/** The API as virt-handler of the node uses it. KubeVirt undoes changes of a VMI's status by everybody else. */
async function handlerOf({ api, folder }: Cluster): Promise<KubernetesApi> {
  const { status } = await api.must(
    "POST",
    "/api/v1/namespaces/kubevirt/serviceaccounts/kubevirt-handler/token",
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { boundObjectRef: { apiVersion: "v1", kind: "Node", name: NODE.metadata.name } },
    },
  );
  const authority = await Deno.readTextFile(`${folder}/ca.crt`);
  return new KubernetesApi(api.url, authority, String(asObject(status)?.token));
}

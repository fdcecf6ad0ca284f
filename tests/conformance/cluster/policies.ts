import { INJECT_LABEL } from "../../support/admission_cases.ts";
import type { Cluster } from "./cluster.ts";
import { namespace, serviceAccount } from "./objects.ts";
import { waitFor } from "./processes.ts";

/** A namespace that is only asked whether the policies are in effect. */
const NAMESPACE = "policies";
/** The account of whatever names none: KubeVirt 1.8 does not know the field that names one. */
const ACCOUNT = "default";
const WAIT_SECONDS = 120;

const PROBE_VMI = {
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachineInstance",
  metadata: { name: "probe", namespace: NAMESPACE, labels: { [INJECT_LABEL]: "true" } },
  spec: { domain: { devices: {}, memory: { guest: "1Gi" } } },
};

const PROBE_POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "probe", namespace: NAMESPACE },
  spec: { serviceAccountName: ACCOUNT, containers: [{ name: "probe", image: "probe" }] },
};

/**
 * Applies deploy/ as its reader does, and EKS's pod identity webhook, and waits until the API server uses both.
 *
 * @param repository its root
 * @param deploy the kustomization in it
 */
export async function applyPolicies(
  cluster: Cluster,
  repository: string,
  deploy = "deploy",
): Promise<void> {
  const { api } = cluster;
  await cluster.mustKubectl("apply", "-k", `${repository}/${deploy}`);
  const webhook = `${repository}/tests/conformance/cluster/pod_identity_webhook.yaml`;
  await cluster.mustKubectl("apply", "-f", webhook);
  await api.createAll([namespace(NAMESPACE)]);
  await api.createAll([
    serviceAccount(NAMESPACE, ACCOUNT, "arn:aws:iam::111122223333:role/vm"),
  ]);
  for (
    const [probe, effect] of [[PROBE_VMI, "containerPath"], [PROBE_POD, "AWS_ROLE_ARN"]] as const
  ) {
    await waitFor(`effect of the policy on a ${probe.kind}`, WAIT_SECONDS, async () => {
      const { body } = await api.create(probe, true);
      return JSON.stringify(body).includes(effect) || undefined;
    });
  }
}

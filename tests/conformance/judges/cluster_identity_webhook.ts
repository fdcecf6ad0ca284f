import assert from "node:assert/strict";
import { type JsonObject, objectMember } from "../../../src/text/json.ts";
import { podOf, vmiOf } from "../cluster/applied_vm.ts";
import type { Cluster } from "../cluster/cluster.ts";
import {
  type IdentityWebhook,
  identityWebhookPolicy,
  WEBHOOK_LABEL,
} from "../cluster/identity_webhook.ts";
import { namespace, serviceAccount } from "../cluster/objects.ts";
import { ClusterProcess, freePort, waitFor } from "../cluster/processes.ts";
import { STAND_IN } from "./cluster_platforms.ts";
import { PLATFORMS } from "./cluster_platform_table.ts";
import { ask, type Case, expect } from "./judge.ts";
import { objectsIn } from "./manifest_objects.ts";

/** Names the pod identity webhook's program (aws/amazon-eks-pod-identity-webhook), which the Go module proxy does not have. */
export const WEBHOOK_VARIABLE = "POD_IDENTITY_WEBHOOK";

/** A namespace without a webhook, where virt-controller creates the pod that is compared. */
const SOURCE = "without-webhook";
/** The VM, and its account. */
const ACCOUNT = "app";
const WAIT_SECONDS = 60;

/** The real webhook asks the instance, which is not there. */
const NOT_HERE = "--compose-role-arn";

const EKS: IdentityWebhook = {
  name: "eks",
  flags: ["--aws-default-region=eu-central-1", "--sts-regional-endpoint"],
};

/** Annotations of the account and the pod that the webhook reads. */
const ANNOTATIONS: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["the account's role alone", {}, {}],
  [
    "an account with annotations",
    {
      "eks.amazonaws.com/audience": "other.example",
      "eks.amazonaws.com/sts-regional-endpoints": "false",
      "eks.amazonaws.com/token-expiration": "3600",
    },
    {},
  ],
  [
    "a pod with annotations",
    {},
    {
      "eks.amazonaws.com/skip-containers": "hook-sidecar-0,guest-console-log",
      "eks.amazonaws.com/token-expiration": "7200",
    },
  ],
];

/**
 * The same virt-launcher pod through the real webhook and through its stand-in, with the flags of every platform: both have
 * to make the same pod of it.
 *
 * @param program the webhook's
 */
export async function identityWebhookCases(
  cluster: Cluster,
  repository: string,
  program: string,
): Promise<Case[]> {
  const pod = await launcherPod(cluster, repository);
  const text = await Deno.readTextFile(`${repository}/${STAND_IN}`);
  const webhooks = [EKS, ...PLATFORMS.flatMap(({ webhook }) => webhook ?? [])]
    .filter(({ flags }) => !flags.includes(NOT_HERE));
  const cases: Case[] = [];
  for (const webhook of webhooks) {
    cases.push(
      await ask(`pod identity webhook: ${webhook.name}`, async () => {
        await using _real = await startReal(cluster, webhook, program);
        const standIn = { ...webhook, name: `policy-${webhook.name}` };
        await cluster.api.createAll(identityWebhookPolicy(text, everywhere(standIn)));
        for (const [index, [what, ofAccount, ofPod]] of ANNOTATIONS.entries()) {
          const pods = await Promise.all(
            [`real-${webhook.name}`, standIn.name].map((label) =>
              changedPod(cluster, webhook, label, `${label}-${index}`, pod, ofAccount, ofPod)
            ),
          );
          assert.deepEqual(pods[1], pods[0], what);
        }
      }),
    );
  }
  return cases;
}

/** The pod that virt-controller creates for the platforms' VM, before a webhook sees it. */
async function launcherPod(cluster: Cluster, repository: string): Promise<JsonObject> {
  const { api } = cluster;
  const file = `${repository}/tests/operator/manifests/platforms/vm.yaml`;
  const vm = objectsIn(await Deno.readTextFile(file)).find(({ kind }) => kind === "VirtualMachine");
  const metadata = { name: ACCOUNT, namespace: SOURCE };
  await api.createAll([namespace(SOURCE, { [WEBHOOK_LABEL]: "none" })]);
  await api.createAll([serviceAccount(SOURCE, ACCOUNT), { ...vm, metadata }]);
  const pod = await podOf(cluster, await vmiOf(cluster, SOURCE, metadata.name));
  const { labels, annotations, name } = objectMember(pod, "metadata") ?? {};
  const { nodeName: _, ...spec } = objectMember(pod, "spec") ?? {};
  return { apiVersion: "v1", kind: "Pod", metadata: { labels, annotations, name }, spec };
}

/** Starts the real webhook for the namespaces with the label of `real-NAME`. */
async function startReal(
  { api, folder }: Cluster,
  webhook: IdentityWebhook,
  program: string,
): Promise<AsyncDisposable> {
  const port = freePort();
  const name = `real-${webhook.name}`;
  const configuration = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name },
    webhooks: [{
      name: "pod-identity-webhook.amazonaws.com",
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1", "v1beta1"],
      clientConfig: {
        url: `https://127.0.0.1:${port}/mutate`,
        caBundle: btoa(await Deno.readTextFile(`${folder}/ca.crt`)),
      },
      namespaceSelector: { matchLabels: { [WEBHOOK_LABEL]: name } },
      rules: [{
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["pods"],
      }],
    }],
  };
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "pod-identity-webhook", namespace: name },
    data: { config: everywhere(webhook).configMap ?? "{}" },
  };
  await api.createAll([namespace(name, { [WEBHOOK_LABEL]: "none" })]);
  await api.createAll([configMap, configuration]);
  return ClusterProcess.start(name, `${folder}/${name}.log`, [
    program,
    ...webhook.flags,
    "--in-cluster=false",
    `--kubeconfig=${folder}/admin.kubeconfig`,
    `--namespace=${name}`,
    `--port=${port}`,
    `--metrics-port=${freePort()}`,
    `--tls-cert=${folder}/server.crt`,
    `--tls-key=${folder}/server.key`,
  ]);
}

/** A pod as it is created in a namespace of its own, without what is of that namespace. */
async function changedPod(
  { api }: Cluster,
  { flags, configMap }: IdentityWebhook,
  label: string,
  namespaceName: string,
  pod: JsonObject,
  ofAccount: JsonObject,
  ofPod: JsonObject,
): Promise<JsonObject> {
  const prefix = flags.find((flag) => flag.startsWith("--annotation-prefix="))?.split("=")[1] ??
    "eks.amazonaws.com";
  const annotated = (annotations: JsonObject) =>
    Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [key.replace(/^[^/]*/, prefix), value]),
    );
  const role = configMap === undefined
    ? { [`${prefix}/role-arn`]: "arn:aws:iam::111122223333:role/app" }
    : {};
  await api.createAll([namespace(namespaceName, { [WEBHOOK_LABEL]: label })]);
  await api.createAll([{
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name: ACCOUNT,
      namespace: namespaceName,
      annotations: { ...role, ...annotated(ofAccount) },
    },
  }]);
  const metadata = objectMember(pod, "metadata");
  const annotations = { ...objectMember(metadata, "annotations"), ...annotated(ofPod) };
  const created = { ...pod, metadata: { ...metadata, namespace: namespaceName, annotations } };
  return await waitFor(`effect of ${label}`, WAIT_SECONDS, async () => {
    const { status, body } = await api.create(created, true);
    if (status !== 201 || !JSON.stringify(body).includes("AWS_ROLE_ARN")) return undefined;
    const changed = objectMember(body, "metadata");
    expect(changed !== undefined, "the pod has no metadata");
    return { labels: changed.labels, annotations: changed.annotations, spec: body.spec };
  });
}

/** A webhook whose ConfigMap names the account in every namespace. */
function everywhere(webhook: IdentityWebhook): IdentityWebhook {
  const { configMap } = webhook;
  return configMap === undefined
    ? webhook
    : { ...webhook, configMap: configMap.replace(/"[^"/]*\/app"/, '"*/app"') };
}

import assert from "node:assert/strict";
import { checkManifests } from "../../../src/operator/check/check.ts";
import type { WebhookOptions } from "../../../src/operator/check/check_context.ts";
import { parseManifests } from "../../../src/operator/manifest/parse.ts";
import { type JsonObject, objectMember, objectsMember } from "../../../src/text/json.ts";
import { type AppliedVm, followVm } from "../cluster/applied_vm.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { identityWebhookPolicy, WEBHOOK_LABEL } from "../cluster/identity_webhook.ts";
import { namespace } from "../cluster/objects.ts";
import { waitFor } from "../cluster/processes.ts";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import { settingsIn } from "./cluster_chain.ts";
import { type Platform, PLATFORMS, type Token } from "./cluster_platform_table.ts";
import { ask, type Case, expect } from "./judge.ts";
import { objectsIn } from "./manifest_objects.ts";

const FOLDER = "tests/operator/manifests/platforms";
export const STAND_IN = "tests/conformance/cluster/pod_identity_webhook.yaml";
const VM = "app";
const WAIT_SECONDS = 60;

/**
 * The VM of check's tests on each platform, under that platform's pod identity webhook: its pod, what a real sidecar makes
 * of that pod's environment, and what check finds in the same manifests.
 */
export async function platformCases(
  cluster: Cluster,
  repository: string,
  manager: HookManagerProgram,
): Promise<Case[]> {
  await applyIdentityWebhooks(cluster, repository);
  return await Promise.all(
    PLATFORMS.map((platform) =>
      ask(`platform: ${platform.what}`, async () => {
        const texts = await Promise.all(
          platform.files.map((file) => Deno.readTextFile(`${repository}/${FOLDER}/${file}.yaml`)),
        );
        // The manifests are of the namespace team.
        const text = platform.change(texts.join("\n---\n")).replace(/\bteam\b/g, platform.name);
        assert.deepEqual(findingsOf(text, platform.checkOptions), platform.findings);
        await applyVm(cluster, platform, objectsIn(text));
        judgeVm(platform, await followVm(cluster, manager, platform.name, VM));
      })
    ),
  );
}

/** Applies the webhooks of all platforms, and waits until the API server uses them. */
async function applyIdentityWebhooks({ api }: Cluster, repository: string): Promise<void> {
  const text = await Deno.readTextFile(`${repository}/${STAND_IN}`);
  const webhooks = PLATFORMS.map(({ webhook }) => webhook).filter((webhook) =>
    webhook !== undefined
  );
  await api.createAll(webhooks.flatMap((webhook) => identityWebhookPolicy(text, webhook)));
  const probe = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "probe", namespace: name },
    spec: { serviceAccountName: "probe", containers: [{ name: "probe", image: "probe" }] },
  });
  await Promise.all(webhooks.map(async ({ name, flags }) => {
    const namespaceName = `${name}-probe`;
    await api.createAll([namespace(namespaceName, { [WEBHOOK_LABEL]: name })]);
    const prefix = flags.find((flag) => flag.startsWith("--annotation-prefix="))?.split("=")[1] ??
      "eks.amazonaws.com";
    await api.createAll([{
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        name: "probe",
        namespace: namespaceName,
        annotations: { [`${prefix}/role-arn`]: "arn:aws:iam::111122223333:role/probe" },
      },
    }]);
    await waitFor(`effect of the webhook of ${name}`, WAIT_SECONDS, async () => {
      const { body } = await api.create(probe(namespaceName), true);
      return JSON.stringify(body).includes("AWS_ROLE_ARN") || undefined;
    });
  }));
}

function findingsOf(text: string, options: WebhookOptions): readonly string[] {
  const checked = checkManifests(parseManifests(text, "all.yaml"), ["all.yaml"], options);
  return checked.flatMap(({ findings }) => findings).map(({ code }) => code);
}

async function applyVm(
  cluster: Cluster,
  { name, webhook }: Platform,
  objects: readonly JsonObject[],
): Promise<void> {
  const own = objects.find(({ kind }) => kind === "Namespace");
  const labels = objectMember(objectMember(own, "metadata"), "labels") ?? {};
  await cluster.api.createAll([
    namespace(name, {
      ...Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)])),
      ...(webhook === undefined ? {} : { [WEBHOOK_LABEL]: webhook.name }),
    }),
  ]);
  const items = objects.filter(({ kind }) =>
    kind === "ServiceAccount" || kind === "VirtualMachine"
  );
  const file = `${cluster.folder}/${name}.json`;
  await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await cluster.mustKubectl("apply", "-f", file);
}

function judgeVm({ variables, token }: Platform, { pod, sidecar, cloudInit }: AppliedVm): void {
  const aws = Object.entries(sidecar.env).filter(([name]) => name.startsWith("AWS_"));
  assert.deepEqual(Object.fromEntries(aws), variables);
  assert.deepEqual(tokenOf(pod), token);
  expect(cloudInit !== undefined, "there are no cloud-init data");
  const { given, returned } = cloudInit;
  if (variables.AWS_ROLE_ARN === undefined) {
    expect(given.UserData === returned.UserData, "the user data have changed without a role");
    return;
  }
  // In the guest, the token is elsewhere.
  const { AWS_WEB_IDENTITY_TOKEN_FILE: _, ...settings } = settingsIn(returned.UserData);
  const { AWS_WEB_IDENTITY_TOKEN_FILE: __, ...expected } = variables;
  assert.deepEqual(settings, expected);
}

/** The token's volume, and where the pod's compute container has it. */
function tokenOf(pod: JsonObject): Token | undefined {
  const spec = objectMember(pod, "spec");
  const volume = objectsMember(spec, "volumes").find(({ name }) => name === "aws-iam-token");
  const [source] = objectsMember(objectMember(volume, "projected"), "sources");
  const token = objectMember(source, "serviceAccountToken");
  const compute = objectsMember(spec, "containers").find(({ name }) => name === "compute");
  const mount = objectsMember(compute, "volumeMounts").find(({ name }) => name === "aws-iam-token");
  return token && {
    audience: String(token.audience),
    expirationSeconds: Number(token.expirationSeconds),
    folder: String(mount?.mountPath),
  };
}

import { gates, kubevirt, metadata, resources, role, spec, version } from "./check_case.ts";
import { identityWebhook, plugin, virtApi } from "./check_edits.ts";
import { all, annotation, args, beside, containerPath } from "./edit.ts";
import type { Silent } from "./check_silent.ts";

/** The cluster, and its pod identity webhook. */
export const CLUSTER_SILENT: readonly Silent[] = [
  // The cluster.
  [
    "gate-container-path",
    "the gate off on KubeVirt 1.7, which the rule kubevirt-too-old finds",
    all(containerPath(), gates("Sidecar"), version("v1.7.1")),
  ],
  ["kubevirt-too-old", "KubeVirt 1.7, and a VM without a containerPath volume", version("v1.7.1")],
  [
    "gate-plugins",
    "the gate on, and the sidecar does not change the domain",
    all(gates("Plugins"), args("--hooks", "preCloudInitIso")),
  ],
  [
    "gate-plugins",
    "the gate on, and the Plugin that puts the PCI address back",
    all(gates("Plugins"), plugin("zz-eks-irsa-sidecar-device-address")),
  ],
  ["sidecar-memory", "a KubeVirt without limits for sidecars", kubevirt(() => {})],
  ["sidecar-memory", "a limit that is no quantity", resources("much")],

  // What keeps the pod identity webhook from the pod.
  ...[
    ["the label kubevirt.io of every VM's pod", { "kubevirt.io": "virt-launcher" }],
    ["a label that KubeVirt may add", { "kubevirt.io/created-by": "a" }],
    ["a label of a subdomain of kubevirt.io, which KubeVirt may add", {
      "vm.kubevirt.io/name": "vm",
    }],
    ["a label of the VM", { team: "x" }],
  ].map(([label, matchLabels]) =>
    [
      "identity-webhook-missing",
      `an objectSelector that asks for ${label}`,
      all(metadata("labels", "team", "x"), identityWebhook({ objectSelector: { matchLabels } })),
    ] as const
  ),
  [
    "identity-webhook-missing",
    "the webhook in a configuration of another name, after an entry without a name",
    all(
      virtApi,
      beside({
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "any" },
        webhooks: [{}, { name: "pod-identity-webhook.amazonaws.com" }],
      }),
    ),
  ],
  [
    "identity-webhook-missing",
    "other webhooks alone, and a service account without a role",
    all(virtApi, role(undefined)),
  ],
  ...['a"b",hook-sidecar-0', '"a"b,hook-sidecar-0'].map((names) =>
    [
      "webhook-skips-container",
      `a list that cannot be read as CSV, ${names}`,
      metadata("annotations", "eks.amazonaws.com/skip-containers", names),
    ] as const
  ),
  [
    "webhook-skips-container",
    "the name hook-sidecar-1, and the annotation with the sidecars is no list",
    all(
      annotation("{}"),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-1"),
    ),
  ],
  [
    "webhook-skips-container",
    "the sidecar's container on the second line",
    metadata("annotations", "eks.amazonaws.com/skip-containers", "proxy\nhook-sidecar-0"),
  ],
  [
    "webhook-skips-container",
    "the sidecar's container, and a service account without a role",
    all(
      role(undefined),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-0"),
    ),
  ],
  [
    "webhook-skips-container",
    "the name hook-sidecar-0, and the annotation with the sidecars is no list",
    all(
      annotation("{}"),
      metadata("annotations", "eks.amazonaws.com/skip-containers", "hook-sidecar-0"),
    ),
  ],
  [
    "webhook-skips-pod",
    "a VM with the label, and a webhook whose own selectors do not look at it",
    all(
      identityWebhook({}),
      metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "x"),
    ),
  ],
  [
    "webhook-volume-taken",
    "an emptyDisk with the name aws-iam-token, which is no volume of the pod",
    spec((s) => s.volumes.push({ name: "aws-iam-token", emptyDisk: {} })),
  ],
  [
    "webhook-volume-taken",
    "a Secret's volume with the name aws-iam-token, and a service account without a role",
    all(role(undefined), spec((s) => s.volumes.push({ name: "aws-iam-token", secret: {} }))),
  ],
];

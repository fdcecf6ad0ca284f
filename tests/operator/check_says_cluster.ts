import { gates, metadata, noCloudInit, resources, spec } from "./check_case.ts";
import { identityWebhook, plugin, unrelatedWebhook, virtApi } from "./check_edits.ts";
import { all, args, beside, containerPath } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The cluster, and its pod identity webhook. */
export const CLUSTER_SAYS: readonly Says[] = [
  // The cluster.
  [
    "gate-sidecar",
    "a KubeVirt without feature gates",
    gates(),
    /gate Sidecar of KubeVirt is off/,
    /hookSidecars\. \|/,
    /Add Sidecar to/,
  ],
  [
    "gate-container-path",
    "a KubeVirt with the gate Sidecar alone",
    all(containerPath(), gates("Sidecar")),
    /gate ContainerPathVolumes of KubeVirt is off/,
    /makes no pod/,
  ],
  [
    "gate-plugins",
    "the share of the IRSA mutation webhook",
    gates("Sidecar", "Plugins"),
    /^warning/,
    /the PCI address/,
    /device-address\.yaml/,
  ],
  [
    "gate-plugins",
    "the share of the IRSA mutation webhook, and args that are not valid",
    all(gates("Sidecar", "Plugins"), args("--os", "x")),
    /the PCI address/,
  ],
  [
    "gate-plugins",
    "the share of the IRSA mutation webhook, and a Plugin of another name",
    all(gates("Sidecar", "Plugins"), plugin("any")),
    /^warning/,
    /the PCI address/,
  ],
  [
    "gate-plugins",
    "a role that goes by the domain alone",
    all(noCloudInit, args("--hooks", "onDefineDomain"), gates("Sidecar", "Plugins")),
    /^warning/,
    /the OEM strings/,
    /have no Plugin/,
  ],
  ["sidecar-memory", "a limit of 63M", resources("63M"), /Raise the limit to 64M/],

  // What keeps the pod identity webhook from the pod.
  [
    "identity-webhook-missing",
    "the webhook of another program, and KubeVirt's",
    all(unrelatedWebhook, virtApi),
    /^error/,
  ],
  [
    "identity-webhook-missing",
    "KubeVirt's webhook, and a Deployment with the name of the missing one",
    all(virtApi, beside({ kind: "Deployment", metadata: { name: "pod-identity-webhook" } })),
    /^error/,
  ],
  [
    "identity-webhook-missing",
    "KubeVirt's webhook, and Azure's with the name of the missing one",
    all(
      virtApi,
      beside({
        kind: "MutatingWebhookConfiguration",
        metadata: { name: "pod-identity-webhook" },
        webhooks: [{ name: "mutation.azure-workload-identity.io" }],
      }),
    ),
    /^error/,
  ],
  ...[{ "kubevirt.io": "other" }, { "notkubevirt.io/a": "b" }].map((matchLabels) =>
    [
      "identity-webhook-missing",
      `an objectSelector that asks for ${Object.entries(matchLabels).join().replace(",", "=")}`,
      identityWebhook({ objectSelector: { matchLabels } }),
      /objectSelector: The selectors/,
    ] as const
  ),
  [
    "identity-webhook-missing",
    "KubeVirt's webhook alone",
    virtApi,
    /^error/,
    /kubectl get mutatingwebhookconfigurations -o yaml/,
  ],
  [
    "identity-webhook-missing",
    "the webhook of another program alone",
    unrelatedWebhook,
    /^warning/,
  ],
  [
    "identity-webhook-missing",
    "a namespaceSelector that asks for another namespace",
    identityWebhook({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "x" } } }),
    /^error webhooks\[0\]\.namespaceSelector/,
    /Change the selector/,
  ],
  [
    "identity-webhook-missing",
    "an objectSelector that asks for a label that the VM does not have",
    identityWebhook({ objectSelector: { matchLabels: { team: "x" } } }),
    /^error webhooks\[0\]\.objectSelector/,
  ],
  ...([
    ["the sidecar after an empty line", "\n  hook-sidecar-0", /the container hook-sidecar-0/],
    ["the sidecar on the first line", "hook-sidecar-0\nproxy", /the container hook-sidecar-0/],
    [
      "the sidecar on the first line that ends with CR LF",
      "hook-sidecar-0\r\nproxy",
      /the container hook-sidecar-0/,
    ],
    ["the sidecar twice", "hook-sidecar-0,hook-sidecar-0", /Remove hook-sidecar-0 from/],
    ["the sidecar alone", "hook-sidecar-0", /The sidecar finds no role/],
    [
      "the container of the IRSA mutation webhook",
      "virtiofs-aws-iam-token",
      /has no folder to share/,
    ],
  ] as const).map(([situation, names, words]) =>
    [
      "webhook-skips-container",
      situation,
      metadata("annotations", "eks.amazonaws.com/skip-containers", names),
      words,
    ] as const
  ),
  [
    "webhook-skips-container",
    "the container compute of a VM with a containerPath volume",
    all(containerPath(), metadata("annotations", "eks.amazonaws.com/skip-containers", "compute")),
    /pod is missing virtiofs containers/,
  ],
  [
    "webhook-skips-pod",
    "the label with another value than true",
    metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "x"),
    /Then the VM boots as if there were no sidecar/,
  ],
  ...[
    "persistentVolumeClaim",
    "dataVolume",
    "ephemeral",
    "hostDisk",
    "secret",
    "configMap",
    "downwardAPI",
    "sysprep",
  ].map((kind) =>
    [
      "webhook-volume-taken",
      `a volume of the kind ${kind}`,
      spec((s) => s.volumes.push({ name: "aws-iam-token", [kind]: {} })),
      /volumes\[3\]\.name: The volume aws-iam-token/,
    ] as const
  ),
];

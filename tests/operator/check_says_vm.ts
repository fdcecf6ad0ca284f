import {
  dedicated,
  image,
  kubevirt,
  masquerade,
  metadata,
  podIdentity,
  podIdentityTrust,
  podNetwork,
  spec,
  webhook,
} from "./check_case.ts";
import { labelled } from "./check_cases_admission.ts";
import {
  associated,
  identityWebhook,
  irsaWebhook,
  KUBERNETES_FOLDER,
  noAccounts,
  TOKEN_FOLDER,
  virtApi,
} from "./check_edits.ts";
import { all, args, beside, containerPath } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The manifest, the share, EKS Pod Identity, and the VM while it runs. */
export const VM_SAYS: readonly Says[] = [
  // The manifest.
  [
    "metadata-name",
    "a number as the name",
    ({ vm }) => vm.metadata.name = 1234,
    /Put the name in quotes/,
  ],
  ...["nodeSelector", "matchLabels"].map((key) =>
    [
      "text-expected",
      `a number in ${key}`,
      spec((s) => Object.assign(s, { [key]: { disk: 1 } })),
      RegExp(`${key}\\.disk is the number 1,`),
    ] as const
  ),
  [
    "text-expected",
    "a boolean as a label",
    metadata("labels", "environment", false),
    /labels\.environment is the boolean false,/,
    /Put the value in quotes/,
  ],
  [
    "repeated-key",
    "a label that is there twice",
    all(metadata("labels", "os", "linux"), metadata("labels", "again:os", "other")),
    /labels\.os is there more than once/,
    /Remove all but one/,
  ],

  // The share.
  [
    "virtiofs-filesystem-missing",
    "a VM without filesystems",
    spec((s) => s.domain.devices.filesystems = []),
    /\{name: VOLUME, virtiofs: \{\}\}/,
  ],
  [
    "webhook-missing",
    "the pod identity webhook alone",
    all(identityWebhook({})),
    /among the webhooks given: pod-identity-webhook\./,
    /cannot connect to \/var\/run\/kubevirt/,
    /Install it, add its manifest/,
  ],
  [
    "webhook-missing",
    "other webhooks alone, and no service account given",
    all(noAccounts, identityWebhook({}), virtApi),
    /given: pod-identity-webhook, virt-api-mutator\./,
  ],
  [
    "webhook-missing",
    "a webhook that excludes the VM's namespace",
    webhook("team"),
    /^error webhooks: /,
    /excludes the namespace team\./,
    /in its namespaceSelector/,
  ],
  [
    "filesystem-without-volume",
    "a filesystem named lost",
    spec((s) => s.domain.devices.filesystems.push({ name: "lost", virtiofs: {} })),
    /The filesystem lost has/,
    /Add the volume lost to/,
  ],
  [
    "mount-path-readable",
    "--token-readers with a group, and --mount-path",
    args("--token-readers", "group:app", "--mount-path", "/srv/token"),
    /share at \/srv\/token,/,
    /mounted at \/root|mounted at \/run|mounted at \/\S+, where only root may enter/,
  ],
  [
    "mount-path-readable",
    "--token-readers root, and a folder whose name only begins like root's home",
    args("--token-readers", "root", "--mount-path", "/rooted/token"),
    /share at \/rooted\/token,/,
  ],
  [
    "container-path-writable",
    "a volume with readOnly: false",
    containerPath("token", { path: "/srv", readOnly: false }),
    /volume token says/,
  ],
  [
    "container-path-unmounted",
    "EKS's folder by way of /run",
    containerPath("token", { path: "/run/secrets/eks.amazonaws.com/serviceaccount" }),
    /^error/,
    RegExp(`EKS's webhook mounts ${TOKEN_FOLDER}`),
    RegExp(`Write path: ${TOKEN_FOLDER} `),
  ],
  [
    "container-path-unmounted",
    "a folder that neither EKS nor Kubernetes mounts",
    containerPath("token", { path: "/opt/nowhere" }),
    /^warning/,
    /volume token shares \/opt\/nowhere,/,
    /or remove the volume/,
  ],
  [
    "container-path-elsewhere",
    "the folder of the Kubernetes token",
    containerPath("token", { path: KUBERNETES_FOLDER }),
    RegExp(`volume token shares ${KUBERNETES_FOLDER},`),
    RegExp(`Write path: ${TOKEN_FOLDER} `),
  ],
  [
    "container-path-name",
    "a volume of the token's folder with that name",
    containerPath("aws-iam-token"),
    /has the name aws-iam-token,/,
  ],
  [
    "container-path-other-kind",
    "IRSA's folder in a VM for EKS Pod Identity",
    all(associated, containerPath("irsa")),
    /folder of IRSA, and the VM is made for EKS Pod Identity/,
    /role by IRSA, write the value "true" into the label eks-irsa-sidecar/,
  ],
  [
    "container-path-other-kind",
    "IRSA's folder with two slashes at the end in a VM for EKS Pod Identity",
    all(associated, containerPath("irsa", { path: `${TOKEN_FOLDER}//` })),
    /role by IRSA/,
  ],
  [
    "container-path-other-kind",
    "the folder of EKS Pod Identity in a VM for IRSA",
    all(labelled("true"), podIdentity),
    /folder of EKS Pod Identity, and the VM is made for IRSA/,
    /write the value "pod-identity" into/,
  ],

  // EKS Pod Identity.
  [
    "pod-identity-network",
    "a VM without a network",
    labelled("pod-identity"),
    /^warning/,
    /Agent: it names no network/,
    /the network \{name: default, pod: \{\}\} .*: \| \{name: default, masquerade: \{\}\}$/,
  ],
  [
    "pod-identity-network",
    "a bridge, and KubeVirt's default binding is masquerade",
    all(
      labelled("pod-identity"),
      podNetwork({ bridge: {} }),
      kubevirt((kv) => {
        Object.assign(kv.spec.configuration, {
          network: { defaultNetworkInterface: "masquerade" },
        });
      }),
    ),
    /^warning/,
    /is a bridge/,
  ],
  [
    "pod-identity-network",
    "a VM without a network, and no KubeVirt given",
    all(labelled("pod-identity"), ({ kubevirt }) => kubevirt.kind = ""),
    /^warning/,
  ],
  [
    "pod-identity-trust",
    "a trust policy that allows no action",
    all(associated, beside(podIdentityTrust())),
    /does not allow sts:AssumeRole and sts:TagSession to pods/,
    /examples\/pod-identity-trust-policy\.json/,
  ],
  [
    "pod-identity-trust",
    "two trust policies that allow no action",
    all(associated, beside(podIdentityTrust()), beside(podIdentityTrust())),
    /does not allow/,
  ],
  [
    "pod-identity-irsa-webhook",
    "the role of IRSA in the annotation",
    all(podIdentity, masquerade, webhook()),
    /ServiceAccount team\/app has the role of IRSA/,
    /Remove the annotation/,
  ],
  [
    "pod-identity-packages",
    "an image of Debian 12",
    all(podIdentity, masquerade, image("quay.io/containerdisks/debian:12")),
    /The guest is Debian 12/,
    /installer or with pip/,
  ],

  // The VM while it runs.
  [
    "guaranteed-with-webhook",
    "dedicated CPUs, and the webhook shares the token",
    dedicated,
    /webhook shares the token/,
    /Share the token with a containerPath volume .*or make the webhook's requests equal/,
  ],
  [
    "guaranteed-with-webhook",
    "dedicated CPUs, a containerPath volume, and the webhook",
    all(dedicated, containerPath(), webhook()),
    /webhook adds its container/,
    /Exclude the VM's namespace .*or make/,
  ],
  ...([
    ["name of its configuration", irsaWebhook("irsa-mutation-webhook", [{}])],
    [
      "name of its second entry",
      irsaWebhook("any", [{ name: "any" }, { name: "irsa-mutation-webhook.kubevirt.io" }]),
    ],
    [
      "name of its service",
      irsaWebhook("any", [{ clientConfig: { service: { name: "irsa-mutation-webhook" } } }]),
    ],
  ] as const).map(([name, edit]) =>
    [
      "guaranteed-with-webhook",
      `dedicated CPUs, a containerPath volume, and the webhook by the ${name}`,
      all(dedicated, containerPath(), edit),
      /webhook adds its container/,
    ] as const
  ),
];

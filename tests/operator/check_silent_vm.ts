import { linuxGuest } from "../../src/guest/linux/guest.ts";
import { dedicated, kubevirt, metadata, podIdentityTrust, role, webhook } from "./check_case.ts";
import { labelled, optedIn, roleInConfigMap } from "./check_cases_admission.ts";
import {
  associated,
  irsaWebhook,
  KUBERNETES_FOLDER,
  TOKEN_FOLDER,
  withoutFilesystem,
} from "./check_edits.ts";
import { all, args, beside, containerPath } from "./edit.ts";
import type { Silent } from "./check_silent.ts";

/** The manifest, the share, EKS Pod Identity, and the VM while it runs. */
export const VM_SILENT: readonly Silent[] = [
  // The manifest.
  ["metadata-name", "a VM without a name", ({ vm }) => delete vm.metadata.name],
  ["text-expected", "a label that is null", metadata("labels", "environment", null)],

  // The share.
  [
    "virtiofs-filesystem-missing",
    "a filesystem for the service account, and one for a containerPath volume",
    containerPath(),
  ],
  [
    "mount-path-readable",
    "--token-readers root, and --mount-path with the default folder for root",
    args("--token-readers", "root", "--mount-path", linuxGuest.defaultMountPath("root")),
  ],
  [
    "mount-path-readable",
    "--mount-path alone, and everyone may read the token",
    args("--mount-path", "/srv/token"),
  ],
  [
    "mount-path-readable",
    "--token-readers root alone, and the share has its default folder",
    args("--token-readers", "root"),
  ],
  [
    "container-path-unmounted",
    "a path where nothing is mounted, and the volume has no filesystem",
    withoutFilesystem("/opt/nowhere"),
  ],
  [
    "container-path-elsewhere",
    "one volume of the token's folder, and one of the Kubernetes token's folder",
    all(containerPath(), containerPath("k", { path: KUBERNETES_FOLDER })),
  ],
  [
    "container-path-elsewhere",
    "the token's folder with two slashes at the end",
    containerPath("token", { path: `${TOKEN_FOLDER}//` }),
  ],
  [
    "container-path-elsewhere",
    "the token's folder, and the volume has no filesystem",
    withoutFilesystem(TOKEN_FOLDER),
  ],
  [
    "container-path-elsewhere",
    "the token's folder with two slashes at the end, and the volume has no filesystem",
    withoutFilesystem(`${TOKEN_FOLDER}//`),
  ],
  [
    "container-path-name",
    "a volume of that name that does not share the token",
    all(containerPath("aws-iam-token", { path: "/opt/nowhere" })),
  ],
  [
    "container-path-other-kind",
    "IRSA's folder in a VM for EKS Pod Identity, and the volume has no filesystem",
    all(associated, withoutFilesystem(TOKEN_FOLDER)),
  ],

  // EKS Pod Identity.
  [
    "pod-identity-network",
    "a VM without a network, and KubeVirt's default binding is masquerade",
    all(
      labelled("pod-identity"),
      kubevirt((kv) => {
        Object.assign(kv.spec.configuration, {
          network: { defaultNetworkInterface: "masquerade" },
        });
      }),
    ),
  ],
  [
    "pod-identity-trust",
    "a trust policy that allows no action, and a VM for IRSA",
    all(optedIn, beside(podIdentityTrust())),
  ],
  [
    "pod-identity-irsa-webhook",
    "the role of IRSA in a ConfigMap and not in the annotation",
    all(associated, webhook(), roleInConfigMap),
  ],
  [
    "pod-identity-irsa-webhook",
    "the role of IRSA in the annotation, and a VM for IRSA",
    all(optedIn, webhook()),
  ],

  // The VM while it runs.
  [
    "guaranteed-with-webhook",
    "dedicated CPUs, a containerPath volume, and another webhook",
    all(dedicated, containerPath(), irsaWebhook("any", [{ name: "any" }])),
  ],
  [
    "guaranteed-with-webhook",
    "dedicated CPUs, a containerPath volume, and an object of another kind with the webhook's name",
    all(dedicated, containerPath(), irsaWebhook("irsa-mutation-webhook", [{}], "Other")),
  ],
  [
    "guaranteed-with-webhook",
    "the IRSA mutation webhook, and a VM whose pod is not Guaranteed",
    webhook(),
  ],
  [
    "guaranteed-with-webhook",
    "dedicated CPUs, a containerPath volume, and no webhook given",
    all(dedicated, containerPath()),
  ],
  [
    "guaranteed-with-webhook",
    "dedicated CPUs, a containerPath volume, the webhook, and a service account without a role",
    all(dedicated, containerPath(), webhook(), role(undefined)),
  ],
];

import type { IdentityKind } from "../../../identity/identity.ts";
import { member, objectMember } from "../../../text/json.ts";
import type { CheckContext } from "../check_context.ts";
import { givenPodIdentityWebhook, podIdentityWebhook } from "../pod_identity_webhook.ts";
import { atVmi, volumesOf } from "../places.ts";
import { mayHaveRole, withoutRole } from "../role.ts";
import type { Rule } from "../rule.ts";

/** The annotation of a pod with the names of containers that the pod identity webhook leaves out (its pkg/annotations.go). */
const SKIP_CONTAINERS = "eks.amazonaws.com/skip-containers";

/** The label of a pod that the pod identity webhook leaves out, whatever its value (its deploy/mutatingwebhook.yaml). */
const SKIP_POD = "eks.amazonaws.com/skip-pod-identity-webhook";

/**
 * The names of the volumes that the pod identity webhook adds to a pod, and not where there is one (its main.go and
 * pkg/handler/handler.go).
 */
const TOKEN_VOLUMES: Readonly<Record<IdentityKind, string>> = {
  "web identity": "aws-iam-token",
  "pod identity": "eks-pod-identity-token",
};

/** The kinds of volumes that become a volume of the pod (kubevirt/kubevirt pkg/virt-controller/services/rendervolumes.go). */
const POD_VOLUMES = [
  "persistentVolumeClaim",
  "dataVolume",
  "ephemeral",
  "hostDisk",
  "secret",
  "configMap",
  "downwardAPI",
  "sysprep",
];

const WITHOUT =
  "Without it the pod has no AWS_ variables and no token, and the VM does not get its role.";

/**
 * What keeps the pod identity webhook (aws/amazon-eks-pod-identity-webhook) from the pod. KubeVirt copies a VMI's
 * labels and annotations to it (kubevirt/kubevirt pkg/virt-controller/services/template.go).
 */
export const IDENTITY_WEBHOOK_RULES: readonly Rule[] = [
  {
    code: "identity-webhook-missing",
    severity: "error",
    looksAt: "The cluster",
    summary: "the pod identity webhook is not there, or leaves the VM's pod out",
    find(context) {
      const found = podIdentityWebhook(context);
      if (!mayHaveRole(context)) return [];
      switch (found.kind) {
        case "may select":
          return [];
        case "leaves out":
          return [{
            manifest: found.manifest,
            path: found.path,
            what: "The selectors of the pod identity webhook leave the VM's pod out.",
            why: WITHOUT,
            fix: "Change the selector, or the labels of the VM's template or namespace.",
          }];
        case "missing":
          return [{
            // A file with one other webhook does not show that the cluster has no more.
            severity: found.isWholeCluster ? "error" : "warning",
            manifest: found.manifest,
            path: ["metadata", "name"],
            what: "The pod identity webhook is not among the webhooks that were given.",
            why: WITHOUT,
            fix:
              "Give all: kubectl get mutatingwebhookconfigurations -o yaml. EKS and OpenShift on AWS have " +
              "the webhook; elsewhere install amazon-eks-pod-identity-webhook.",
          }];
      }
    },
  },
  {
    code: "webhook-skips-container",
    severity: "error",
    looksAt: "The service account",
    summary:
      "the annotation `eks.amazonaws.com/skip-containers` names a container that needs the role",
    find(context) {
      if (!mayHaveRole(context)) return [];
      const names = skippedContainers(context.vmi.annotations.get(SKIP_CONTAINERS) ?? "");
      const skipped = [...neededContainers(context)].find(([name]) => names.includes(name));
      if (skipped === undefined) return [];
      const [name, why] = skipped;
      return [atVmi(context, ["metadata", "annotations", SKIP_CONTAINERS], {
        what:
          `The annotation ${SKIP_CONTAINERS} keeps the pod identity webhook from the container ${name}.`,
        why,
        fix: `Remove ${name} from the annotation.`,
      })];
    },
  },
  {
    code: "webhook-skips-pod",
    severity: "error",
    looksAt: "The service account",
    summary: "the label `eks.amazonaws.com/skip-pod-identity-webhook`",
    find(context) {
      if (!context.vmi.labels.has(SKIP_POD) || !mayHaveRole(context)) return [];
      // Its own selectors say whether the label counts.
      if (givenPodIdentityWebhook(context) !== undefined) return [];
      return [atVmi(context, ["metadata", "labels", SKIP_POD], {
        what:
          `The label ${SKIP_POD} keeps the pod identity webhook from the pod, whatever its value.`,
        why: `The pod gets no role. Then ${withoutRole(context)}.`,
        fix: "Remove the label.",
      })];
    },
  },
  {
    code: "webhook-volume-taken",
    severity: "error",
    looksAt: "The service account",
    summary:
      "a volume of the VM has the name of the one that the pod identity webhook adds to the pod",
    find(context) {
      const name = TOKEN_VOLUMES[context.identity.kind];
      const index = volumesOf(context).findIndex((volume) =>
        member(volume, "name") === name &&
        POD_VOLUMES.some((kind) => objectMember(volume, kind) !== undefined)
      );
      if (index < 0 || !mayHaveRole(context)) return [];
      return [atVmi(context, ["spec", "volumes", index, "name"], {
        what: `The volume ${name} has the name of the token's volume in the pod.`,
        why: "The webhook then adds none, and the pod has no token.",
        fix: "Rename the volume, and the disk or filesystem of that name.",
      })];
    },
  },
];

/** The names in the annotation: the first line is read as CSV, white space counts. */
function skippedContainers(annotation: string): readonly string[] {
  const names = (annotation.trimStart().split(/\r?\n/, 1)[0] ?? "").split(",")
    .map((name) => name.replace(/^"(.*)"$/, "$1"));
  // The webhook skips nothing if it cannot read the line.
  return names.some((name) => name.includes('"')) ? [] : names;
}

/** The containers that need what the pod identity webhook adds, and what happens without it. */
function neededContainers(context: CheckContext): ReadonlyMap<string, string> {
  const { sidecars, share } = context;
  const index = sidecars.kind === "list" ? sidecars.entries.findIndex(({ isOurs }) => isOurs) : -1;
  return new Map([
    [
      // KubeVirt numbers the sidecars of the annotation first.
      `hook-sidecar-${index}`,
      "The sidecar finds no role in its environment, and the guest gets none.",
    ],
    share.kind === "containerPath"
      ? [
        "compute",
        `KubeVirt shares what is mounted there. Without the token's folder the VM does not start: ` +
        '"pod is missing virtiofs containers".',
      ]
      : [
        "virtiofs-aws-iam-token",
        "The IRSA mutation webhook's container has no folder to share then, and the VM does not start.",
      ],
  ]);
}

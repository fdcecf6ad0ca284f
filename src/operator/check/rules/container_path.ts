import { INJECT_LABEL, INJECT_VALUES } from "../../../admission/opt_in.ts";
import { otherKind } from "../../../identity/identity.ts";
import { KIND_NAMES } from "../../../identity/notes.ts";
import { otherFolder } from "../../../identity/share.ts";
import { member, objectMember, stringMember } from "../../../text/json.ts";
import type { CheckContext } from "../check_context.ts";
import { atVmi, volumesOf } from "../places.ts";
import { isMounted } from "../pod_mounts.ts";
import type { Rule } from "../rule.ts";

/** The webhook's container is named `virtiofs-` and this, KubeVirt's own `virtiofs-` and the volume's name. */
const WEBHOOK_SHARE = "aws-iam-token";

/** A path of EKS's token, in any spelling. */
const OF_EKS = /eks\.amazonaws\.com/;

/** Mistakes in the share of a containerPath volume. */
export const CONTAINER_PATH_RULES: readonly Rule[] = [
  {
    code: "container-path-writable",
    severity: "error",
    looksAt: "The share",
    summary: "a `containerPath` volume with `readOnly: false`",
    // A rule of the CRD (kubevirt.io/api core/v1, ContainerPathVolumeSource); absent means true.
    find: (context) =>
      containerPaths(context).flatMap(({ index, name, volume }) =>
        member(volume, "readOnly") !== false ? [] : [
          atVmi(context, ["spec", "volumes", index, "containerPath", "readOnly"], {
            what: `The containerPath volume ${name} says readOnly: false.`,
            why: "The API server refuses the VM: KubeVirt shares containerPath volumes read-only.",
            fix: "Write readOnly: true, or remove it.",
          }),
        ]
      ),
  },
  {
    code: "container-path-unmounted",
    severity: "error",
    looksAt: "The share",
    summary:
      "a `containerPath` volume of a path where nothing is mounted (a warning if another webhook may mount it)",
    // KubeVirt adds a virtiofsd only for a path within a mount of the pod (virt-launcher-pod-mutator.go), and does
    // not start a VM whose pod lacks one (pkg/virt-controller/watch/vmi/lifecycle.go).
    find: (context) =>
      containerPaths(context).flatMap(({ index, name, path }) => {
        if (!context.vmi.virtiofsFilesystems.has(name)) return [];
        if (path === "" || isMounted(context, path) || isOtherFolder(context, path)) return [];
        const place = ["spec", "volumes", index, "containerPath", "path"];
        if (OF_EKS.test(path)) {
          const { tokenFolder } = context.identity;
          return [atVmi(context, place, {
            what: `The containerPath volume ${name} shares ${path}, where nothing is mounted.`,
            why:
              `EKS's webhook mounts ${tokenFolder}. KubeVirt compares paths as text, gives the pod no virtiofsd for ` +
              'another path, and does not start the VM: "pod is missing virtiofs containers".',
            fix: `Write path: ${tokenFolder}`,
          })];
        }
        return [atVmi(context, place, {
          severity: "warning",
          what:
            `The containerPath volume ${name} shares ${path}, which neither EKS nor Kubernetes mounts into the pod.`,
          why:
            "Another webhook may mount it. If none does, KubeVirt gives the pod no virtiofsd for it, and does not " +
            'start the VM: "pod is missing virtiofs containers".',
          fix:
            "Make sure that a webhook mounts exactly this path into the pod, or remove the volume.",
        })];
      }),
  },
  {
    code: "container-path-other-kind",
    severity: "error",
    looksAt: "EKS Pod Identity",
    summary: "a `containerPath` volume of IRSA's folder, and the VM has EKS Pod Identity; " +
      "or the other way round",
    find: (context) =>
      containerPaths(context).flatMap(({ index, name, path }) => {
        if (!context.vmi.virtiofsFilesystems.has(name) || !isOtherFolder(context, path)) return [];
        const { kind } = context.identity;
        const other = otherKind(kind);
        return [atVmi(context, ["spec", "volumes", index, "containerPath", "path"], {
          what:
            `The containerPath volume ${name} shares the token's folder of ${
              KIND_NAMES[other]
            }, and the VM is made ` +
            `for ${KIND_NAMES[kind]}.`,
          why:
            "EKS gives a pod one of the two. KubeVirt gives the pod no virtiofsd for a folder that it does not have, " +
            'and does not start the VM: "pod is missing virtiofs containers".',
          fix: `Remove the volume and its filesystem. If the pod has its role by ${
            KIND_NAMES[other]
          }, write the value "${
            INJECT_VALUES[other]
          }" into the label ${INJECT_LABEL}, or remove the other volume.`,
        })];
      }),
  },
  {
    code: "container-path-elsewhere",
    severity: "warning",
    looksAt: "The share",
    summary: "a `containerPath` volume of another folder than the token's",
    find(context) {
      if (context.share.kind !== "webhook") return [];
      const { tokenFolder } = context.identity;
      return containerPaths(context).flatMap(({ index, name, path }) => {
        if (!isMounted(context, path) || path.replace(/\/+$/, "") === tokenFolder) return [];
        return [atVmi(context, ["spec", "volumes", index, "containerPath", "path"], {
          what: `The containerPath volume ${name} shares ${path}, which is not the token's folder.`,
          why: "The sidecar then expects the IRSA mutation webhook to share the token.",
          fix: `Write path: ${tokenFolder}`,
        })];
      });
    },
  },
  {
    code: "container-path-name",
    severity: "warning",
    looksAt: "The share",
    summary: "a `containerPath` volume with the name of the webhook's share",
    find(context) {
      const { share } = context;
      if (share.kind !== "containerPath" || share.tag !== WEBHOOK_SHARE) return [];
      const index = volumesOf(context).findIndex(({ name }) => name === WEBHOOK_SHARE);
      return [atVmi(context, ["spec", "volumes", index, "name"], {
        what:
          `The containerPath volume has the name ${WEBHOOK_SHARE}, which the IRSA mutation webhook uses.`,
        why:
          `Both would add a container virtiofs-${WEBHOOK_SHARE}: in a cluster with the webhook the pod is refused.`,
        fix: "Give the volume and its filesystem another name.",
      })];
    },
  },
];

/** Whether a path is the token's folder of the kind that the VM is not made for. */
function isOtherFolder({ identity }: CheckContext, path: string): boolean {
  return path.replace(/\/+$/, "") === otherFolder(identity);
}

function containerPaths(context: CheckContext) {
  return volumesOf(context).flatMap((entry, index) => {
    const volume = objectMember(entry, "containerPath");
    if (volume === undefined) return [];
    const name = stringMember(entry, "name") ?? "";
    return [{ index, volume, name, path: stringMember(volume, "path") ?? "" }];
  });
}

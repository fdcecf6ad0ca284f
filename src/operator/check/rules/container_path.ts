import { member, objectMember, stringMember } from "../../../text/json.ts";
import { ourSidecar, placeInOurs } from "../../manifest/hook_sidecars.ts";
import { isMounted } from "../pod_mounts.ts";
import { mayHaveRole } from "../role.ts";
import {
  disksOf,
  findingAt,
  findingInAnnotation,
  type Rule,
  type Subject,
  volumesOf,
} from "../check_context.ts";

/** The webhook's container is `virtiofs-` and this; KubeVirt's own are `virtiofs-` and the volume's name. */
const WEBHOOK_SHARE = "aws-iam-token";

/** The API server refuses it: a rule of the CRD (kubevirt.io/api core/v1, ContainerPathVolumeSource). */
export const containerPathWritable: Rule = (subject) =>
  containerPaths(subject).flatMap(({ index, name, volume }) =>
    // Absent means true.
    member(volume, "readOnly") !== false ? [] : [
      findingAt(subject, ["spec", "volumes", index, "containerPath", "readOnly"], {
        code: "container-path-writable",
        severity: "error",
        what: `The containerPath volume ${name} says readOnly: false.`,
        why: "The API server refuses the VM: KubeVirt shares containerPath volumes read-only.",
        mend: "Write readOnly: true, or leave it out.",
      }),
    ]
  );

/** KubeVirt refuses a containerPath volume that is not shared. */
export const containerPathUnshared: Rule = (subject) =>
  containerPaths(subject).flatMap(({ index, name }) =>
    subject.vmi.virtiofsFilesystems.has(name) ? [] : [
      findingAt(subject, ["spec", "volumes", index], {
        code: "container-path-unshared",
        severity: "error",
        what: `The containerPath volume ${name} has no virtiofs filesystem of that name.`,
        why: "KubeVirt refuses the VM.",
        mend: `Add to spec.domain.devices.filesystems: {name: ${name}, virtiofs: {}}`,
      }),
    ]
  );

/** What KubeVirt keeps for itself, compared as text (vmi-create-admitter.go, validateVirtualMachineInstanceSpecVolumeDisks). */
const RESERVED = ["/var/run/kubevirt", "/var/run/libvirt"];

/** KubeVirt, or the rules of its CRD, refuse a containerPath volume. */
export const containerPathRefused: Rule = (subject) =>
  containerPaths(subject).flatMap(({ index, name, path }) => {
    const finding = { code: "container-path-refused", severity: "error" } as const;
    const problem = pathProblem(path);
    const disk = disksOf(subject).findIndex((other) => stringMember(other, "name") === name);
    return [
      ...(problem === undefined ? [] : [
        findingAt(subject, ["spec", "volumes", index, "containerPath", "path"], {
          ...finding,
          what: `The containerPath volume ${name} ${problem}.`,
          why: "KubeVirt refuses the VM.",
          mend: `To share the token, write path: ${subject.identity.tokenFolder}`,
        }),
      ]),
      ...(disk < 0 ? [] : [
        findingAt(subject, ["spec", "domain", "devices", "disks", disk], {
          ...finding,
          what: `The containerPath volume ${name} is mapped to a disk.`,
          why:
            "KubeVirt refuses the VM: it shares such a volume as a filesystem, and has no disk for it.",
          mend: "Remove the disk.",
        }),
      ]),
    ];
  });

function pathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return "has no absolute path";
  if (path.includes("..")) return "has .. in its path";
  const reserved = RESERVED.find((prefix) => path.startsWith(prefix));
  return reserved && `shares a path that begins with ${reserved}, which KubeVirt keeps for itself`;
}

/** A path of EKS's, however it is spelled. */
const OF_EKS = /eks\.amazonaws\.com/;

/**
 * KubeVirt adds a virtiofsd only for a path that is within a mount of the pod (virt-launcher-pod-mutator.go),
 * and does not start a VM whose pod lacks one (pkg/virt-controller/watch/vmi/lifecycle.go).
 */
export const containerPathUnmounted: Rule = (subject) =>
  containerPaths(subject).flatMap(({ index, name, path }) => {
    if (!subject.vmi.virtiofsFilesystems.has(name)) return [];
    if (pathProblem(path) !== undefined || isMounted(subject, path)) return [];
    const finding = { code: "container-path-unmounted" } as const;
    const place = ["spec", "volumes", index, "containerPath", "path"];
    if (OF_EKS.test(path)) {
      const { tokenFolder } = subject.identity;
      return [findingAt(subject, place, {
        ...finding,
        severity: "error",
        what: `The containerPath volume ${name} shares ${path}, where nothing is mounted.`,
        why:
          `EKS's webhook mounts ${tokenFolder}. KubeVirt compares paths letter by letter, gives the pod no ` +
          'virtiofsd for another, and does not start the VM: "pod is missing virtiofs containers".',
        mend: `Write path: ${tokenFolder}`,
      })];
    }
    return [findingAt(subject, place, {
      ...finding,
      severity: "warning",
      what:
        `The containerPath volume ${name} shares ${path}, where neither EKS nor KubeVirt mounts anything.`,
      why:
        "Another webhook may. If none does, KubeVirt gives the pod no virtiofsd for it, and does not start " +
        'the VM: "pod is missing virtiofs containers".',
      mend:
        "Make sure that a webhook mounts the path into the pod, by this very text, or remove the volume.",
    })];
  });

/** A containerPath volume near the token's folder is not the token's folder. */
export const containerPathElsewhere: Rule = (subject) => {
  if (subject.share.socket === undefined) return [];
  const { tokenFolder } = subject.identity;
  return containerPaths(subject).flatMap(({ index, name, path }) => {
    if (!isMounted(subject, path) || path.replace(/\/+$/, "") === tokenFolder) return [];
    return [findingAt(subject, ["spec", "volumes", index, "containerPath", "path"], {
      code: "container-path-elsewhere",
      severity: "warning",
      what: `The containerPath volume ${name} shares ${path}, which is not the token's folder.`,
      why: "The sidecar then expects the IRSA mutation webhook to share the token.",
      mend: `Write path: ${tokenFolder}`,
    })];
  });
};

/** The volume's name makes KubeVirt's container the webhook's double. */
export const containerPathName: Rule = (subject) => {
  if (subject.share.socket !== undefined || subject.share.tag !== WEBHOOK_SHARE) return [];
  const index = volumesOf(subject).findIndex(({ name }) => name === WEBHOOK_SHARE);
  return [findingAt(subject, ["spec", "volumes", index, "name"], {
    code: "container-path-name",
    severity: "warning",
    what:
      `The containerPath volume has the name ${WEBHOOK_SHARE}, which the IRSA mutation webhook uses.`,
    why:
      `Both make a container virtiofs-${WEBHOOK_SHARE}: in a cluster with the webhook the pod is refused.`,
    mend: "Give the volume and its filesystem another name.",
  })];
};

/** Both ways for the token at once: by flags of the VM, or with the webhook in the cluster. */
export const containerPathAndWebhook: Rule = (subject) => {
  const { share, sidecars, webhook } = subject;
  if (share.socket !== undefined) return [];
  const args = ourSidecar(sidecars)?.args ?? [];
  const unused = ["--mount-tag", "--virtiofs-socket"].filter((flag) =>
    args.some((arg) => arg === flag || arg.startsWith(`${flag}=`))
  );
  const finding = { code: "container-path-and-webhook", severity: "warning" } as const;
  const flags = unused.length === 0 ? [] : [
    findingInAnnotation(subject, placeInOurs(sidecars, "args"), {
      ...finding,
      what:
        `The VM shares the token with the containerPath volume ${share.tag}, and the sidecar has ` +
        `${unused.join(" and ")} for the webhook's share.`,
      why:
        "The containerPath volume wins: the flags have no effect, and the webhook's share is not used.",
      mend: "Choose one way: remove the flags, or the volume and its filesystem.",
    }),
  ];
  const index = volumesOf(subject).findIndex(({ name }) => name === share.tag);
  return webhook === undefined || !mayHaveRole(subject) ? flags : [
    ...flags,
    findingAt(subject, ["spec", "volumes", index], {
      ...finding,
      what:
        `The VM shares the token with the containerPath volume ${share.tag}, and the IRSA mutation ` +
        `webhook is in the cluster too (${webhook.file}:${webhook.lineOf([])}).`,
      why:
        "The webhook adds its container to the pod of every VM whose service account has a role: a " +
        "second virtiofsd that nobody asks.",
      mend:
        "Choose one way: remove the volume and its filesystem, or keep the webhook from the VM's namespace with " +
        "its namespaceSelector.",
    }),
  ];
};

function containerPaths(subject: Subject) {
  return volumesOf(subject).flatMap((entry, index) => {
    const volume = objectMember(entry, "containerPath");
    if (volume === undefined) return [];
    const name = stringMember(entry, "name") ?? "";
    return [{ index, volume, name, path: stringMember(volume, "path") ?? "" }];
  });
}

export const CONTAINER_PATH_RULES: readonly Rule[] = [
  containerPathWritable,
  containerPathUnshared,
  containerPathRefused,
  containerPathUnmounted,
  containerPathElsewhere,
  containerPathName,
  containerPathAndWebhook,
];

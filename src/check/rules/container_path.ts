import { member, objectMember, stringMember } from "../../json.ts";
import { ourSidecar, placeInOurs } from "../../manifest/hook_sidecars.ts";
import { findingAt, findingInAnnotation, type Rule, type Subject, volumesOf } from "../subject.ts";
import { mayHaveRole } from "../role.ts";

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

/** A containerPath volume near the token's folder is not the token's folder. */
export const containerPathElsewhere: Rule = (subject) => {
  if (subject.share.socket === undefined) return [];
  const { tokenFolder } = subject.identity;
  return containerPaths(subject).flatMap(({ index, name, volume }) => {
    const path = stringMember(volume, "path") ?? "";
    if (
      !/serviceaccount|eks\.amazonaws\.com/.test(path) || path.replace(/\/+$/, "") === tokenFolder
    ) return [];
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
    return volume === undefined ? [] : [{ index, volume, name: stringMember(entry, "name") ?? "" }];
  });
}

export const CONTAINER_PATH_RULES: readonly Rule[] = [
  containerPathWritable,
  containerPathUnshared,
  containerPathElsewhere,
  containerPathName,
  containerPathAndWebhook,
];

import { member, objectMember, objectsMember, stringMember } from "../../json.ts";
import { ourSidecar } from "../../manifest/hook_sidecars.ts";
import { findingAt, type Rule, type Subject } from "../subject.ts";

/** The webhook's container is `virtiofs-` and this; KubeVirt's own are `virtiofs-` and the volume's name. */
const WEBHOOK_SHARE = "aws-iam-token";

const FILESYSTEMS = ["spec", "domain", "devices", "filesystems"];

/** The pod lacks the folder that the webhook's container mounts. */
export const virtiofsFilesystemMissing: Rule = (subject) => {
  if (subject.share.socket === undefined || subject.vmi.virtiofsFilesystems.size > 0) return [];
  return [findingAt(subject, ["spec", "domain", "devices"], {
    code: "virtiofs-filesystem-missing",
    severity: "error",
    what: "The VM has no virtiofs filesystem of its own.",
    why: "KubeVirt gives the pod the volume virtiofs-containers only for a VM with one. The IRSA " +
      "mutation webhook's container mounts that volume, and without it the pod is refused.",
    mend:
      "Add the filesystem {name: VOLUME, virtiofs: {}} for the service account's volume, or share " +
      "the token with a containerPath volume.",
  })];
};

/** A device without a virtiofsd keeps the VM from starting. */
export const filesystemWithoutVolume: Rule = (subject) => {
  const names = new Set(volumes(subject).map((volume) => stringMember(volume, "name")));
  return filesystems(subject).flatMap((filesystem, index) => {
    const name = stringMember(filesystem, "name") ?? "";
    if (names.has(name)) return [];
    return [findingAt(subject, [...FILESYSTEMS, index, "name"], {
      code: "filesystem-without-volume",
      severity: "error",
      what: `The filesystem ${name} has no volume of that name.`,
      why:
        "No virtiofsd is started for it, and the VM does not start with a device that nobody serves.",
      mend: `Add the volume ${name} to spec.volumes, or remove the filesystem.`,
    })];
  });
};

/** A virtiofs tag has to be the only one of its name. */
export const mountTagTaken: Rule = (subject) => {
  const { share, vmi } = subject;
  if (share.socket === undefined || !vmi.virtiofsFilesystems.has(share.tag)) return [];
  const index = filesystems(subject).findIndex(({ name }) => name === share.tag);
  return [findingAt(subject, [...FILESYSTEMS, index], {
    code: "mount-tag-taken",
    severity: "error",
    what: `The VM's own filesystem ${share.tag} has the tag of the token's share.`,
    why:
      "The sidecar takes it for its own device and adds none, and the guest finds no token in it.",
    mend: "Rename the filesystem and its volume, or give the sidecar another --mount-tag.",
  })];
};

/** The user data of the VM's owner uses the place where the share is mounted. */
export const mountPathTaken: Rule = (subject) => {
  const { plan, cloudInit } = subject;
  if ("failure" in plan || cloudInit?.userData.kind !== "given") return [];
  const path = plan.guest.mountPath;
  const text = new TextDecoder().decode(plan.guest.original);
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  if (!new RegExp(`(^|[\\s"'=\\[,])${escaped}(?![\\w./\\\\-])`, "m").test(text)) return [];
  return [findingAt(subject, ["spec", "volumes", cloudInit.index, cloudInit.source], {
    code: "mount-path-taken",
    severity: "warning",
    what: `The user data names ${path}, where the guest mounts the token's share.`,
    why:
      "What is mounted there already is left alone: if it is not the token's share, there is no token.",
    mend: "Leave the mounting to the sidecar, or give it another --mount-path.",
  })];
};

/** KubeVirt shares a containerPath volume only if it says that it is read-only. */
export const containerPathWritable: Rule = (subject) =>
  containerPaths(subject).flatMap(({ index, name, volume }) =>
    member(volume, "readOnly") === true ? [] : [
      findingAt(subject, ["spec", "volumes", index, "containerPath"], {
        code: "container-path-writable",
        severity: "error",
        what: `The containerPath volume ${name} does not say readOnly: true.`,
        why:
          "KubeVirt starts no virtiofsd for it, and the VM does not start with a device that nobody serves.",
        mend: "Add readOnly: true to it.",
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
  const index = volumes(subject).findIndex(({ name }) => name === WEBHOOK_SHARE);
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

/** Flags for the webhook's share have no effect beside a containerPath volume. */
export const containerPathAndWebhook: Rule = (subject) => {
  if (subject.share.socket !== undefined) return [];
  const args = ourSidecar(subject.sidecars)?.args ?? [];
  const unused = ["--mount-tag", "--virtiofs-socket"].filter((flag) =>
    args.some((arg) => arg === flag || arg.startsWith(`${flag}=`))
  );
  if (unused.length === 0) return [];
  return [findingAt(subject, ["metadata", "annotations"], {
    code: "container-path-and-webhook",
    severity: "warning",
    what:
      `The VM shares the token with the containerPath volume ${subject.share.tag}, and the sidecar has ` +
      `${unused.join(" and ")} for the webhook's share.`,
    why:
      "The containerPath volume wins: the flags have no effect, and the webhook's share is not used.",
    mend: "Choose one way: remove the flags, or the volume and its filesystem.",
  })];
};

function volumes({ virtualMachine: { vmi } }: Subject) {
  return objectsMember(objectMember(vmi, "spec"), "volumes");
}

function filesystems({ virtualMachine: { vmi } }: Subject) {
  const domain = objectMember(objectMember(vmi, "spec"), "domain");
  return objectsMember(objectMember(domain, "devices"), "filesystems");
}

function containerPaths(subject: Subject) {
  return volumes(subject).flatMap((entry, index) => {
    const volume = objectMember(entry, "containerPath");
    return volume === undefined ? [] : [{ index, volume, name: stringMember(entry, "name") ?? "" }];
  });
}

export const SHARE_RULES: readonly Rule[] = [
  virtiofsFilesystemMissing,
  filesystemWithoutVolume,
  mountTagTaken,
  mountPathTaken,
  containerPathWritable,
  containerPathUnshared,
  containerPathElsewhere,
  containerPathName,
  containerPathAndWebhook,
];

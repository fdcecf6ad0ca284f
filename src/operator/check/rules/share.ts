import { objectMember, objectsMember, stringMember } from "../../../text/json.ts";
import { mayHaveRole } from "../role.ts";
import { findingAt, type Rule, type Subject, volumesOf } from "../check_context.ts";
import { findWebhook, needsWebhook, WEBHOOK_KIND } from "../webhook.ts";

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

/** Nobody would serve the share that the sidecar's device connects to. */
export const webhookMissing: Rule = (subject) => {
  const { manifests, webhook, share, virtualMachine: { manifest } } = subject;
  if (webhook !== undefined || !needsWebhook(subject) || !mayHaveRole(subject)) return [];
  const given = manifests.filter(({ kind }) => kind === WEBHOOK_KIND);
  if (given.length === 0) return [];
  const finding = {
    code: "webhook-missing",
    severity: "error",
    why:
      "The sidecar gives the VM a device for the share that the webhook's container serves: without " +
      `it the VM does not start, for it cannot connect to ${share.socket}.`,
  } as const;
  const elsewhere = findWebhook(manifests, undefined);
  if (elsewhere !== undefined) {
    return [{
      ...finding,
      manifest: elsewhere,
      path: ["webhooks"],
      what: `The IRSA mutation webhook leaves out the namespace ${manifest.namespace}.`,
      mend:
        "Take the namespace into its namespaceSelector, or share the token with a containerPath volume.",
    }];
  }
  return [findingAt(subject, ["spec", "domain", "devices"], {
    ...finding,
    what: `The IRSA mutation webhook is none of the webhooks given: ${
      given.map(({ name }) => name).join(", ")
    }.`,
    mend:
      "Install it, give its manifest too if it is there, or share the token with a containerPath volume " +
      "(KubeVirt 1.8).",
  })];
};

/** A device without a virtiofsd keeps the VM from starting. */
export const filesystemWithoutVolume: Rule = (subject) => {
  const names = new Set(volumesOf(subject).map((volume) => stringMember(volume, "name")));
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

function filesystems({ virtualMachine: { vmi } }: Subject) {
  const domain = objectMember(objectMember(vmi, "spec"), "domain");
  return objectsMember(objectMember(domain, "devices"), "filesystems");
}

export const SHARE_RULES: readonly Rule[] = [
  virtiofsFilesystemMissing,
  webhookMissing,
  filesystemWithoutVolume,
  mountTagTaken,
];

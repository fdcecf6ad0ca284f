import { stringMember } from "../../../text/json.ts";
import { atVmi, FILESYSTEMS_PATH, filesystemsOf, volumesOf } from "../places.ts";
import { mayHaveRole } from "../role.ts";
import type { Rule } from "../rule.ts";
import { findWebhook, needsWebhook, WEBHOOK_KIND } from "../webhook.ts";

const virtiofsFilesystemMissing: Rule = {
  code: "virtiofs-filesystem-missing",
  severity: "error",
  looksAt: "The share",
  summary: "the VM has no virtiofs filesystem of its own, and the webhook needs one",
  find(context) {
    const { share, vmi } = context;
    if (share.kind === "containerPath" || vmi.virtiofsFilesystems.size > 0) return [];
    return [atVmi(context, ["spec", "domain", "devices"], {
      what: "The VM has no virtiofs filesystem of its own.",
      why:
        "KubeVirt gives the pod the volume virtiofs-containers only for a VM with one. The IRSA " +
        "mutation webhook's container mounts that volume, and without it the pod is refused.",
      fix:
        "Add the filesystem {name: VOLUME, virtiofs: {}} for the service account's volume, or share " +
        "the token with a containerPath volume.",
    })];
  },
};

const webhookMissing: Rule = {
  code: "webhook-missing",
  severity: "error",
  looksAt: "The share",
  summary:
    "webhooks were given, and none is the IRSA mutation webhook, or it leaves out the namespace",
  find(context) {
    const { manifests, webhook, share, virtualMachine: { manifest } } = context;
    if (share.kind === "containerPath" || webhook !== undefined) return [];
    if (!needsWebhook(context) || !mayHaveRole(context)) return [];
    const given = manifests.filter(({ kind }) => kind === WEBHOOK_KIND);
    if (given.length === 0) return [];
    const why =
      "The sidecar gives the VM a device for the share that the webhook's container serves: without " +
      `it the VM does not start, for it cannot connect to ${share.socket}.`;
    const elsewhere = findWebhook(manifests, undefined);
    if (elsewhere !== undefined) {
      return [{
        why,
        manifest: elsewhere,
        path: ["webhooks"],
        what: `The IRSA mutation webhook leaves out the namespace ${manifest.namespace}.`,
        fix:
          "Take the namespace into its namespaceSelector, or share the token with a containerPath volume.",
      }];
    }
    return [atVmi(context, ["spec", "domain", "devices"], {
      why,
      what: `The IRSA mutation webhook is none of the webhooks given: ${
        given.map(({ name }) => name).join(", ")
      }.`,
      fix:
        "Install it, give its manifest too if it is there, or share the token with a containerPath volume " +
        "(KubeVirt 1.8).",
    })];
  },
};

const filesystemWithoutVolume: Rule = {
  code: "filesystem-without-volume",
  severity: "error",
  looksAt: "The share",
  summary: "a filesystem that nobody serves",
  find(context) {
    const names = new Set(volumesOf(context).map((volume) => stringMember(volume, "name")));
    return filesystemsOf(context).flatMap((filesystem, index) => {
      const name = stringMember(filesystem, "name") ?? "";
      if (names.has(name)) return [];
      return [atVmi(context, [...FILESYSTEMS_PATH, index, "name"], {
        what: `The filesystem ${name} has no volume of that name.`,
        why:
          "No virtiofsd is started for it, and the VM does not start with a device that nobody serves.",
        fix: `Add the volume ${name} to spec.volumes, or remove the filesystem.`,
      })];
    });
  },
};

const mountTagTaken: Rule = {
  code: "mount-tag-taken",
  severity: "error",
  looksAt: "The share",
  summary: "a filesystem of the VM's has the share's tag",
  find(context) {
    const { share, vmi } = context;
    if (share.kind === "containerPath" || !vmi.virtiofsFilesystems.has(share.tag)) return [];
    const index = filesystemsOf(context).findIndex(({ name }) => name === share.tag);
    return [atVmi(context, [...FILESYSTEMS_PATH, index], {
      what: `The VM's own filesystem ${share.tag} has the tag of the token's share.`,
      why:
        "The sidecar takes it for its own device and adds none, and the guest finds no token in it.",
      fix: "Rename the filesystem and its volume, or give the sidecar another --mount-tag.",
    })];
  },
};

/** What is wrong with the share of the token that the IRSA mutation webhook offers. */
export const SHARE_RULES: readonly Rule[] = [
  virtiofsFilesystemMissing,
  webhookMissing,
  filesystemWithoutVolume,
  mountTagTaken,
];

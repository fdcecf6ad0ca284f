import { linuxGuest } from "../../../guest/linux/guest.ts";
import { stringMember } from "../../../text/json.ts";
import { atVmi, FILESYSTEMS_PATH, filesystemsOf, inOurEntry, volumesOf } from "../places.ts";
import { mayHaveRole } from "../role.ts";
import type { Rule } from "../rule.ts";
import { findWebhook, needsWebhook, WEBHOOK_KIND } from "../webhook.ts";

/** Mistakes in the share of the IRSA mutation webhook, and in filesystems. */
export const SHARE_RULES: readonly Rule[] = [
  {
    code: "virtiofs-filesystem-missing",
    severity: "error",
    looksAt: "The share",
    summary: "the VM has no virtiofs filesystem of its own, and the webhook needs one",
    find(context) {
      const { share, vmi } = context;
      if (share.kind !== "webhook" || vmi.virtiofsFilesystems.size > 0) return [];
      return [atVmi(context, ["spec", "domain", "devices"], {
        what: "The VM has no virtiofs filesystem of its own.",
        why:
          "KubeVirt adds the volume virtiofs-containers to the pod only for a VM with such a filesystem. The IRSA " +
          "mutation webhook's container mounts that volume: without it the pod is refused.",
        fix:
          "Add the filesystem {name: VOLUME, virtiofs: {}} for the service account's volume, or share " +
          "the token with a containerPath volume.",
      })];
    },
  },
  {
    code: "webhook-missing",
    severity: "error",
    looksAt: "The share",
    summary: "the IRSA mutation webhook is not among the webhooks given, or excludes the namespace",
    find(context) {
      const { manifests, webhook, share, virtualMachine: { manifest } } = context;
      if (share.kind !== "webhook" || webhook !== undefined) return [];
      if (!needsWebhook(context) || !mayHaveRole(context)) return [];
      const given = manifests.filter(({ kind }) => kind === WEBHOOK_KIND);
      if (given.length === 0) return [];
      const why =
        "The sidecar adds a device for the share of the webhook's container. Without that container the VM does not " +
        `start, because it cannot connect to ${share.socket}.`;
      const elsewhere = findWebhook(manifests, undefined);
      if (elsewhere !== undefined) {
        return [{
          why,
          manifest: elsewhere,
          path: ["webhooks"],
          what: `The IRSA mutation webhook excludes the namespace ${manifest.namespace}.`,
          fix:
            "Include the namespace in its namespaceSelector, or share the token with a containerPath volume.",
        }];
      }
      return [atVmi(context, ["spec", "domain", "devices"], {
        why,
        what: `The IRSA mutation webhook is not among the webhooks given: ${
          given.map(({ name }) => name).join(", ")
        }.`,
        fix:
          "Install it, add its manifest if it is installed, or share the token with a containerPath volume " +
          "(KubeVirt 1.8).",
      })];
    },
  },
  {
    code: "filesystem-without-volume",
    severity: "error",
    looksAt: "The share",
    summary: "a filesystem without a volume",
    find(context) {
      const names = new Set(volumesOf(context).map((volume) => stringMember(volume, "name")));
      return filesystemsOf(context).flatMap((filesystem, index) => {
        const name = stringMember(filesystem, "name") ?? "";
        if (names.has(name)) return [];
        return [atVmi(context, [...FILESYSTEMS_PATH, index, "name"], {
          what: `The filesystem ${name} has no volume of that name.`,
          why: "No virtiofsd is started for it, and without one the VM does not start.",
          fix: `Add the volume ${name} to spec.volumes, or remove the filesystem.`,
        })];
      });
    },
  },
  {
    code: "mount-tag-taken",
    severity: "error",
    looksAt: "The share",
    summary: "a filesystem of the VM has the tag of the token's share",
    find(context) {
      const { share, vmi } = context;
      if (share.kind !== "webhook" || !vmi.virtiofsFilesystems.has(share.tag)) return [];
      const index = filesystemsOf(context).findIndex(({ name }) => name === share.tag);
      return [atVmi(context, [...FILESYSTEMS_PATH, index], {
        what: `The VM's own filesystem ${share.tag} has the tag of the token's share.`,
        why:
          "The sidecar adds no second device with this tag, and the guest finds no token in the filesystem.",
        fix: "Rename the filesystem and its volume, or give the sidecar another --mount-tag.",
      })];
    },
  },
  {
    code: "mount-path-readable",
    severity: "warning",
    looksAt: "The share",
    summary:
      "`--token-readers` names some users, and `--mount-path` is a folder that all may enter",
    find(context) {
      const { plan } = context;
      if (plan.kind !== "planned" || plan.guest.os.os !== "linux") return [];
      const { tokenReaders, mountPath } = plan.guest.settings;
      const own = linuxGuest.defaultMountPath(tokenReaders);
      if (tokenReaders === "everyone") return [];
      // Only root may enter its home.
      if (mountPath === own || mountPath.startsWith("/root/")) return [];
      return [inOurEntry(context, "args", {
        what:
          `The args mount the token's share at ${mountPath}, and not everyone may read the token.`,
        why:
          "In the share the group 107 can read the token. Its members in the guest can do so, whatever that group is " +
          "there, if they may enter the folder.",
        fix: `Remove --mount-path: the share is then mounted at ${own}, where only root may enter.`,
      })];
    },
  },
];

import type { GuestOs } from "../../../kubevirt/guest_os.ts";
import { decodeUtf8 } from "../../../text/utf8.ts";
import { WINDOWS_SCRIPT_NAME } from "../../../guest/windows/guest.ts";
import { USER_DATA_KEYS } from "../../manifest/cloud_init.ts";
import { deliveryOf } from "../../manifest_plan/delivery.ts";
import { canDomainDeliver, type CheckContext } from "../check_context.ts";
import { atVmi, inOurEntry, inUserData } from "../places.ts";
import type { Problem, Rule } from "../rule.ts";
import { scriptVolume } from "../sysprep_volume.ts";

/** The fix for a problem, and a line to copy. */
type Fix = Pick<Problem, "fix" | "snippet">;

/** Mistakes in the cloud-init volume and its user data. */
export const CLOUD_INIT_RULES: readonly Rule[] = [
  {
    code: "cloud-init-missing",
    severity: "error",
    looksAt: "The user data and the guest",
    summary: "no cloud-init volume",
    find(context) {
      const { hookPoints, cloudInit, sidecars } = context;
      if (cloudInit !== undefined || !hookPoints.has("PreCloudInitIso")) return [];
      // What is to be added then has the args.
      if (sidecars.kind === "absent" && canDomainDeliver(context)) return [];
      return [atVmi(context, ["spec", "volumes"], {
        what: "The VM has no cloud-init volume.",
        why:
          "The sidecar subscribes to preCloudInitIso, as it does by default. virt-launcher then crashes for " +
          "a VM without such a volume, and the VM never starts.",
        ...fixForMissing(context),
      })];
    },
  },
  {
    code: "cloud-init-repeated",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "more than one cloud-init volume",
    find(context) {
      const { vmi, cloudInit } = context;
      if (vmi.cloudInitVolumes.length < 2 || cloudInit === undefined) return [];
      return [atVmi(context, ["spec", "volumes", cloudInit.index], {
        what: `The VM has ${vmi.cloudInitVolumes.length} cloud-init volumes.`,
        why: `KubeVirt and the sidecar use only the first, ${cloudInit.volumeName}.`,
        fix: "Keep one of them.",
      })];
    },
  },
  {
    code: "secret-without-user-data",
    severity: "error",
    looksAt: "The user data and the guest",
    summary: "the Secret has no key `userdata`",
    find({ cloudInit }) {
      if (cloudInit?.userData.kind !== "secret" || cloudInit.userData.manifest === undefined) {
        return [];
      }
      const { secret, manifest } = cloudInit.userData;
      return [{
        manifest,
        path: ["data"],
        what: `The Secret ${secret} has no readable key ${USER_DATA_KEYS.join(" or ")}.`,
        why: "virt-launcher looks for the user data under these keys, and does not start the VM.",
        fix: `Rename the key to ${
          USER_DATA_KEYS[0]
        }; values in data are base64, those in stringData are not.`,
      }];
    },
  },
  {
    code: "user-data-untouched",
    severity: "error",
    looksAt: "The user data and the guest",
    summary: "user data to which the sidecar cannot add its parts",
    find(context) {
      const { plan, hookPoints } = context;
      if (plan.kind !== "planned") return [];
      // The role may go by the domain.
      if (deliveryOf(plan) !== "none") return [];
      const { embedding, os: { os, evidence }, original, otherReader } = plan.guest;
      if (!hookPoints.has("PreCloudInitIso") || embedding.kind !== "untouched") return [];
      // The rule reader-takes-no-mime finds it.
      if (embedding.otherReader !== undefined) return [];
      return [inUserData(context, undefined, {
        what: `The sidecar cannot add its parts to this user data, because ${embedding.reason}.`,
        why: `The user data is not changed, and the ${otherReader?.reader.guest ?? os} guest (${
          otherReader?.evidence ?? evidence
        }) gets no role.`,
        ...otherReader === undefined
          ? fixForUntouched(context, os, decodeUtf8(original) ?? "")
          : FIX_FOR_OTHER_READER,
      })];
    },
  },
  {
    code: "hook-fails",
    severity: "error",
    looksAt: "The user data and the guest",
    summary: "a hook would fail; the message says why",
    find(context) {
      const { plan } = context;
      if (plan.kind !== "hook fails") return [];
      const problem = {
        what: plan.message,
        why: "The sidecar answers virt-launcher with this error, and the VM does not start.",
        fix: "Do what the message says.",
      };
      switch (plan.source) {
        case "args":
          return [inOurEntry(context, "args", problem)];
        case "cloud-init data":
          return [inUserData(context, undefined, problem)];
        default:
          return [atVmi(context, ["spec"], problem)];
      }
    },
  },
  {
    code: "static-credentials",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "keys or a profile in the user data come before the role",
    find(context) {
      const { cloudInit } = context;
      if (cloudInit?.userData.kind !== "given") return [];
      const text = new TextDecoder().decode(cloudInit.userData.bytes);
      const found = /\b(AWS_ACCESS_KEY_ID|AWS_PROFILE)\b/i.exec(text);
      if (found === null) return [];
      return [inUserData(context, found.index, {
        what: `The user data sets ${found[1]}.`,
        why:
          "AWS SDKs look at keys and profiles before they look at the web identity token: programs that see " +
          "them do not use the role.",
        fix: "Remove them from the user data, and from the image.",
      })];
    },
  },
];

/** What keeps virt-launcher from asking the sidecar for cloud-init data. */
const DOMAIN_ALONE = '"args": ["--hooks", "onDefineDomain"]';

function fixForMissing(context: CheckContext): Fix {
  const { plan } = context;
  const sysprep = scriptVolume(context);
  if (sysprep !== undefined) {
    return {
      fix:
        `The guest gets its role by what eks-irsa-sidecar sysprep prints: add it to the ${sysprep.kind} ` +
        `${sysprep.name} as the key ${WINDOWS_SCRIPT_NAME}, and give the sidecar:`,
      snippet: DOMAIN_ALONE,
    };
  }
  if (plan.kind === "planned" && plan.guest.os.os === "windows") {
    return {
      fix:
        'Add a volume with cloudInitConfigDrive (its userData can be as short as "#ps1_sysnative"), which ' +
        "cloudbase-init has to read in the guest.",
    };
  }
  const volume = 'a volume with cloudInitNoCloud (its userData can be as short as "#cloud-config")';
  if (!canDomainDeliver(context)) return { fix: `Add ${volume}.` };
  return {
    fix: `Add ${volume}. Or, for a guest with systemd 252 or later, let the domain alone give it ` +
      "the role, and give the sidecar:",
    snippet: DOMAIN_ALONE,
  };
}

/** What helps where cloud-init does not read the user data. */
export const FIX_FOR_OTHER_READER: Fix = {
  fix:
    "Use an image with cloud-init, and if this one has it, set --os linux. Or set up the guest yourself and give " +
    "the sidecar:",
  snippet: '"args": ["--hooks", "onDefineDomain"]',
};

/** User data that is for another program than cloud-init, or that lacks its first line. */
const HEADERLESS = /^\uFEFF?(?:\s|#.*\n)*(\{|---|[\w.-]+:(\s|$))/;

function fixForUntouched({ options }: CheckContext, os: GuestOs, userData: string): Fix {
  if (os === "linux" && options.delivery === "cloud-init") {
    return {
      fix:
        "Remove --delivery and --hooks from the sidecar's args: the domain then gives the role to a guest with " +
        "systemd 252 or later.",
    };
  }
  if (os === "windows") {
    return {
      fix:
        "Begin it with #cloud-config, #ps1_sysnative or another prefix that cloudbase-init knows. If the guest is " +
        "Linux, set --os linux.",
    };
  }
  const start = HEADERLESS.exec(userData)?.[1];
  if (start !== undefined) {
    // The first line that cloud-init needs would make it unreadable for Ignition or Talos.
    const isYaml = start !== "{";
    return {
      fix: (isYaml ? "If cloud-init is to read it, its first line has to be #cloud-config. " : "") +
        "If another program reads it, such as Ignition or Talos, keep it. Use an image with cloud-init, or set up " +
        "the guest yourself and give the sidecar:",
      snippet: DOMAIN_ALONE,
    };
  }
  return {
    fix:
      "Begin it with #cloud-config, #! or another prefix that cloud-init knows. If the guest is Windows, set " +
      "--os windows.",
  };
}

import { truncate } from "../../../text/truncate.ts";
import { deliveryOf } from "../../manifest_plan/delivery.ts";
import type { CheckContext } from "../check_context.ts";
import { guestNames } from "../guest_names.ts";
import { atVmi, inUserData } from "../places.ts";
import { possibleReader } from "../possible_reader.ts";
import type { Rule } from "../rule.ts";
import { FIX_FOR_OTHER_READER } from "./cloud_init.ts";

/** The domain gives the role, and virt-launcher need not ask the sidecar for cloud-init data. */
const FIX_BY_DOMAIN = {
  fix:
    "If the guest has systemd 256 or later, give the sidecar these args, which end this warning:",
  snippet: '"args": ["--hooks", "onDefineDomain"]',
};

const WINDOWS_NAME = /(^|[^a-z])(windows|win(\d|xp|server|$|[^a-z])|w2k)/i;

/** Windows images are not named after a distribution. */
const LINUX_NAME = new RegExp(
  "(?<![a-z])(linux|alma|alpine|amzn|bottlerocket|centos|cirros|coreos|debian|fedora|fcos|flatcar|gentoo|" +
    "kairos|nixos|opensuse|oraclelinux|rhcos|rhel|rocky|sles|suse|talos|ubuntu)",
  "i",
);

/**
 * What cloud-init acts on and cloudbase-init does not: keys of a cloud-config for which it has no plugin
 * (cloudbase/cloudbase-init cloudbaseinit/plugins/common/userdataplugins/cloudconfigplugins), programs and folders.
 */
const LINUX_USER_DATA = new RegExp(
  "^(apt|bootcmd|chpasswd|disable_root|disk_setup|fs_setup|growpart|manage_etc_hosts|mounts|" +
    "package_(?:update|upgrade|reboot_if_required)|packages|password|snap|ssh_authorized_keys|ssh_pwauth|swap|" +
    "yum_repos)[\"']?:|(?<![\\w-])(apt-get|dnf|systemctl|sudo|zypper)(?![\\w-])|" +
    "(?<![\\w./:\\\\-])/(etc|usr|var|opt|home|bin|sbin)/",
  "m",
);

/** Guests that may not be what they are taken for, and guests whose reader takes no MIME message. */
export const GUEST_RULES: readonly Rule[] = [
  {
    code: "reader-takes-no-mime",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the guest's reader is not cloud-init, and takes no MIME message",
    find(context) {
      const { plan, cloudInit, hookPoints } = context;
      if (plan.kind !== "planned" || cloudInit === undefined) return [];
      const { embedding } = plan.guest;
      if (embedding.kind !== "untouched" || embedding.otherReader === undefined) return [];
      if (!hookPoints.has("PreCloudInitIso")) return [];
      // kubevirt/kubevirt pkg/hooks/manager.go, preCloudInitIsoValidateResult
      const isEmpty = plan.guest.original.length === 0 && cloudInit.userData.kind !== "secret";
      const byDomain = deliveryOf(plan) !== "none";
      return [inUserData(context, undefined, {
        what: `The sidecar adds nothing to this user data, because ${embedding.reason}.`,
        why: "The user data is not changed, and the guest gets no role by it." +
          (byDomain
            ? " The role goes by the domain alone, which a guest with systemd 256 reads, and perhaps one with 252."
            : "") +
          (isEmpty
            ? " Because it is empty, KubeVirt leaves the host name and the SSH keys out of the disk's metadata."
            : ""),
        ...byDomain ? FIX_BY_DOMAIN : FIX_FOR_OTHER_READER,
      })];
    },
  },
  {
    code: "reader-doubtful",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "a name or the user data says that the guest's reader may not be cloud-init",
    find(context) {
      const { plan, cloudInit, options } = context;
      if (plan.kind !== "planned" || cloudInit === undefined || options.os !== undefined) return [];
      const { os, embedding } = plan.guest;
      if (os.os !== "linux" || embedding.kind === "untouched") return [];
      const found = possibleReader(context);
      if (found === undefined) return [];
      const { reader, isInAll, evidence } = found;
      return [inUserData(context, undefined, {
        what: `The guest may be ${reader.guest}: ${evidence}.`,
        why: `The sidecar makes a MIME message of the user data. If it is ${reader.guest}, ` +
          `${reader.onMessage}. The guest then gets no role.`,
        fix: "If cloud-init reads the user data, give the sidecar the args " +
          '["--os", "linux"], which also ends this warning. ' +
          (isInAll
            ? "If not, name the guest, so that its user data is not changed: add vm.kubevirt.io/os with its name " +
              "to the annotations or labels of the VMI (in a VirtualMachine, of its template)."
            : 'If not, give the sidecar the args ["--hooks", "onDefineDomain"]: the domain then gives the role to a ' +
              "guest with systemd 252 or later."),
      })];
    },
  },
  {
    code: "guest-doubtful",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the guest is served as Linux or Windows, and something says the other",
    find(context) {
      const { plan, virtualMachine } = context;
      if (plan.kind !== "planned") return [];
      const { os: { os, evidence } } = plan.guest;
      const contrary = contraryTo(context);
      if (contrary === undefined) return [];
      const where = virtualMachine.vmiPath.length > 0 ? "the template's labels" : "the labels";
      const [served, other, flag] = os === "linux"
        ? ["Linux", "Windows", "windows"]
        : ["Windows", "Linux", "linux"];
      return [atVmi(context, ["metadata"], {
        what: `The guest is served as ${served} (${evidence}), and ${contrary} ${other}.`,
        why: `A ${other} guest does not act on what the sidecar writes for a ${served} guest.`,
        fix:
          `If it is ${other}, give the sidecar the args ["--os", "${flag}"], or add to ${where}: ` +
          `kubevirt.io/os: ${flag}. If it is ${served}, say so in the same way.`,
      })];
    },
  },
];

/** What speaks against the guest's operating system, as a sentence that ends before the name of the other one. */
function contraryTo(context: CheckContext): string | undefined {
  const { plan, vmi: { hasHypervClock, hasHypervFeatures } } = context;
  if (plan.kind !== "planned") return undefined;
  const { os: { os, source }, original } = plan.guest;
  const named = (pattern: RegExp) => guestNames(context).find((name) => pattern.test(name));
  const isByName = source === "none" || source === "image";
  if (os === "linux" && isByName) {
    const name = named(WINDOWS_NAME);
    if (name !== undefined) return `the name ${truncate(name)} says`;
  }
  if (os === "linux" && (source === "image" || source === "user data")) {
    return hasHypervFeatures || hasHypervClock ? "the hyperv features or timer say" : undefined;
  }
  if (os === "windows" && source === "hyperv") {
    const name = named(LINUX_NAME);
    if (name !== undefined) return `the name ${truncate(name)} says`;
    const text = new TextDecoder().decode(original);
    return LINUX_USER_DATA.test(text) ? "the user data sounds like" : undefined;
  }
  return undefined;
}

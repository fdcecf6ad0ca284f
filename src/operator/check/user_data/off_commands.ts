import { isOneOf, nameOf } from "./shell_words.ts";

/** The units that start what runs our part (canonical/cloud-init systemd/). cloud-config and cloud-final are later. */
const UNIT =
  /^cloud-init(?:-local|-main|-network)?(?:\.service|\.target)?$|^cloud-(?:init[^/]*)?\*|^cloud-\{(?:[^}]*,)?init[,}]/;
const PACKAGE = /^cloud-init(?:-base)?(?:$|[*=:~]|[-_.]\d)/;

/** Files without which cloud-init does not run. */
const NEEDED = new RegExp(
  "^/etc/cloud(?:/?|/\\*|/cloud\\.cfg)$|^/usr/(?:local/)?bin/cloud-init$|^/usr/lib/cloud-init(?:/|$)|/cloudinit/?$|" +
    "/(?:system-generators/cloud-init-generator|init\\.d/cloud-init(?:-local)?)$|" +
    "/systemd/system/(?:[^/]+\\.wants/)?(?:cloud-init(?:-local|-main|-network)?\\.(?:service|target)|cloud-init[^/]*\\*|cloud-\\*)|" +
    "/systemd/system/cloud-init\\.target\\.wants/?$",
);
/** A file of such a unit, or of an addition to it. */
export const UNIT_FILE =
  /\/systemd\/system\/(?:cloud-init(?:-local|-main|-network)?\.(?:service|target)(\.d\/[^/]+)?)$/;
/** cloud-init's generator looks for it (canonical/cloud-init systemd/cloud-init-generator.tmpl). */
export const DISABLED_FILE = /(?:^|\/)cloud-init\.disabled$/;
const KERNEL = /\bcloud-init=disabled\b/;
/** Files that make the kernel's command line, or systemd's environment, where KERNEL_CMDLINE stands in for it. */
export const KERNEL_FILE = /grub|cmdline|kernel|loader|boot|extlinux|system\.conf/;
/** What keeps cloud-init from running, in words. */
export const OFF = {
  created: "creates /etc/cloud/cloud-init.disabled",
  disabled: "disables or masks cloud-init's units",
  removed: "removes the package cloud-init",
  deleted: "removes files that cloud-init needs",
  kernel: "adds cloud-init=disabled to the kernel's command line",
  noSource: "gives cloud-init a datasource_list without NoCloud and ConfigDrive",
} as const;

/**
 * What a command does that keeps cloud-init from running. Its words are looked at wherever they stand: after sudo,
 * chroot or curtin.
 *
 * @param writes The files that it writes.
 */
export function offByCommand(
  words: readonly string[],
  writes: readonly string[],
): string | undefined {
  return isKernelChanged(words, writes) ? OFF.kernel : offByWords(words);
}

function isKernelChanged(words: readonly string[], writes: readonly string[]): boolean {
  const adds = words.some((word) => {
    // Of a substitution only what it writes counts.
    const added = word.replace(/^s([^\w\s]).*?(?<!\\)\1/, "");
    return KERNEL.test(added) && !word.startsWith("--remove") && !word.startsWith("--delete");
  });
  const changes =
    "sed perl grubby rpm-ostree kernelstub augtool bootctl kernel-install transactional-update";
  return adds && (words.some((word) => isOneOf(changes, nameOf(word))) ||
    writes.some((path) => KERNEL_FILE.test(path)));
}

function offByWords(words: readonly string[]): string | undefined {
  /** What follows one of some programs. */
  const after = (programs: string) => {
    const place = words.findIndex((word) => isOneOf(programs, nameOf(word)));
    return place < 0 ? undefined : words.slice(place + 1);
  };
  const has = (list: readonly string[] | undefined, looked: RegExp | string) =>
    list?.some((word) => looked instanceof RegExp ? looked.test(word) : isOneOf(looked, word)) ??
      false;

  const target = after("cp mv install ln truncate")?.slice(-1);
  if (has(after("touch dd"), DISABLED_FILE) || has(target, DISABLED_FILE)) return OFF.created;

  const systemctl = after("systemctl");
  if (has(systemctl, "disable mask") && has(systemctl, UNIT)) return OFF.disabled;
  const services = after("rc-update update-rc.d chkconfig service insserv");
  if (has(services, "del delete remove disable off --del -r") && has(services, UNIT)) {
    return OFF.disabled;
  }
  if (has(after("ln"), "/dev/null") && has(target, UNIT_FILE)) return OFF.disabled;
  if (has(after("sysrc"), /cloudinit_enable=no/i)) return OFF.disabled;

  const manager = after(
    "apk apt apt-get aptitude dnf dnf5 emerge eopkg microdnf nala pip pip3 pkcon pkg rpm-ostree snap tdnf " +
      "transactional-update yum zypper",
  );
  const removal = "autopurge autoremove del delete erase purge remove rm uninstall -C --unmerge";
  if (has(manager, removal) && has(manager, PACKAGE) || has(manager, "cloud-init-")) {
    return OFF.removed;
  }
  const low = after("dpkg rpm pacman xbps-remove");
  if (has(low, /^(?:-[rPe]|-R\w*|--remove|--purge|--erase)$/) && has(low, PACKAGE)) {
    return OFF.removed;
  }

  const deleted = after("rm unlink chmod dpkg-divert shred") ?? after("mv")?.slice(0, -1);
  const isMadeRunnable = has(after("chmod"), /^(?:[ugoa]*\+\w*|0?[1-7][0-7]{2})$/);
  return has(deleted, NEEDED) && !isMadeRunnable ? OFF.deleted : undefined;
}

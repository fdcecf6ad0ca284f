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
export const KERNEL = /\bcloud-init=disabled\b/;
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
    const [, , , replacement] = /^s([^\w\s])(.*?)(?<!\\)\1([^]*)$/.exec(word) ?? [];
    return KERNEL.test(replacement ?? word) && !/^--?(?:remove|delete)/.test(word);
  });
  const changes =
    /^(?:sed|perl|grubby|rpm-ostree|kernelstub|augtool|bootctl|kernel-install|transactional-update)$/;
  return adds && (words.some((word) => changes.test(word.split("/").at(-1) ?? "")) ||
    writes.some((path) => KERNEL_FILE.test(path)));
}

function offByWords(words: readonly string[]): string | undefined {
  const rest = (...programs: readonly string[]) => {
    const place = words.findIndex((word) => programs.includes(word.split("/").at(-1) ?? ""));
    return place < 0 ? undefined : words.slice(place + 1);
  };
  const has = (list: readonly string[] | undefined, pattern: RegExp) =>
    list?.some((word) => pattern.test(word)) ?? false;

  const created = rest("touch");
  const copied = rest("cp", "mv", "install", "ln", "truncate");
  if (
    has(created, DISABLED_FILE) || DISABLED_FILE.test(copied?.at(-1) ?? "") ||
    has(rest("dd"), /^of=.*cloud-init\.disabled$/)
  ) return OFF.created;

  const systemctl = rest("systemctl");
  if (has(systemctl, /^(?:disable|mask)$/) && has(systemctl, UNIT)) return OFF.disabled;
  const services = rest("rc-update", "update-rc.d", "chkconfig", "service", "insserv");
  if (has(services, /^(?:del|delete|remove|disable|off|--del|-r)$/) && has(services, UNIT)) {
    return OFF.disabled;
  }
  if (has(rest("ln"), /^\/dev\/null$/) && UNIT_FILE.test(copied?.at(-1) ?? "")) return OFF.disabled;
  if (has(rest("sysrc"), /^cloudinit_enable=["']?NO/i)) return OFF.disabled;

  const manager = rest(
    ..."apk apt apt-get aptitude dnf dnf5 emerge eopkg microdnf nala pip pip3 pkcon pkg rpm-ostree snap tdnf"
      .split(" "),
    ..."transactional-update yum zypper".split(" "),
  );
  const removal =
    /^(?:autopurge|autoremove|del|delete|erase|purge|remove|rm|uninstall|-C|--unmerge)$/;
  if (has(manager, removal) && has(manager, PACKAGE) || has(manager, /^cloud-init-$/)) {
    return OFF.removed;
  }
  const low = rest("dpkg", "rpm", "pacman", "xbps-remove");
  if (has(low, /^(?:-[rPe]|-R\w*|--remove|--purge|--erase)$/) && has(low, PACKAGE)) {
    return OFF.removed;
  }

  const moved = rest("mv");
  const deleted = rest("rm", "unlink", "chmod", "dpkg-divert", "shred") ?? moved?.slice(0, -1);
  const isMadeRunnable = has(rest("chmod"), /^(?:[ugoa]*\+\w*|0?[1-7][0-7]{2})$/);
  return has(deleted, NEEDED) && !isMadeRunnable ? OFF.deleted : undefined;
}

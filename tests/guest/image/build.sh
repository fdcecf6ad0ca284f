#!/bin/sh
# Builds one guest: a disk (ext4, no partitions), its kernel and its initial RAM disk.
#
#   build.sh SUITE INIT OUTPUT_DIR
#
# SUITE is Debian's (bookworm, trixie), INIT is systemd or sysvinit. Needs root, mmdebstrap,
# openssl and e2fsprogs. OUTPUT_DIR gets disk.raw, vmlinuz, initrd.img and packages.txt. With systemd
# it also gets without-cloud-init.raw, the same disk without that package; of bookworm dracut.img,
# the initial RAM disk as dracut makes it; of trixie selinux.raw, the same disk with labels.
set -eu

suite=$1 init=$2 output=$3
here=$(dirname "$(readlink -f "$0")")
# chroot(8) and mke2fs(8) are in sbin, which not every caller has on its path.
PATH=$PATH:/usr/sbin:/sbin
export PATH

work=$(mktemp -d)
leave() {
  ! mountpoint -q "$work/root/proc" || umount "$work/root/proc"
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

packages=apt,ca-certificates,cron,dbus,e2fsprogs,initramfs-tools,iproute2,kmod,login,netbase
packages=$packages,ifupdown,passwd,procps,sudo,udev,zstd,linux-image-cloud-amd64
packages=$packages,cloud-init,qemu-guest-agent,awscli,python3-boto3
case $init in
  systemd) packages=$packages,systemd-sysv,libpam-systemd,dbus-user-session ;;
  # rsyslog is what keeps the system's log there, as the journal does with systemd.
  sysvinit) packages=$packages,sysvinit-core,initscripts,orphan-sysvinit-scripts,rsyslog ;;
  *) echo "build.sh: INIT is systemd or sysvinit, not '$init'" >&2; exit 2 ;;
esac
case $suite-$init in
  bookworm-systemd) packages=$packages,dracut-core ;;
  # Without the kernel's words for it the policy does nothing.
  trixie-systemd) packages=$packages,selinux-policy-default,policycoreutils ;;
esac

# The name that AWS clients call when they do not know AWS_ENDPOINT_URL_STS, and its certificate.
name=sts.eu-central-1.amazonaws.com
mkdir "$work/tls"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=test rig' \
  -addext keyUsage=critical,keyCertSign -keyout "$work/tls/ca.key" -out "$work/tls/ca.crt" 2>"$work/tls/log" ||
  { cat "$work/tls/log" >&2; exit 1; }
openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$name" \
  -keyout "$work/tls/sts.key" -out "$work/tls/sts.csr" 2>"$work/tls/log"
printf 'subjectAltName=DNS:%s\nauthorityKeyIdentifier=keyid\n' "$name" >"$work/tls/extensions"
openssl x509 -req -in "$work/tls/sts.csr" -CA "$work/tls/ca.crt" -CAkey "$work/tls/ca.key" \
  -CAcreateserial -days 3650 -extfile "$work/tls/extensions" -out "$work/tls/sts.crt" 2>"$work/tls/log"

# An initial RAM disk with the modules of a KubeVirt guest only: an emulated CPU unpacks it.
cat >"$work/initramfs-hook" <<'HOOK'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_pci virtio_blk ext4 crc32c_generic
HOOK
chmod 755 "$work/initramfs-hook"

# shellcheck disable=SC2016 # $1 is the new system's root, for mmdebstrap's shell to expand
mmdebstrap --quiet --mode=root --variant=apt --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/hooks"' \
  --essential-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/rig"' \
  --essential-hook="copy-in $work/initramfs-hook /etc/initramfs-tools/hooks/" \
  "$suite" "$work/root"

root=$work/root
cp -r "$here/rootfs/." "$root/"
install -m 644 "$work/tls/sts.crt" "$root/opt/rig/sts.crt"
install -m 600 "$work/tls/sts.key" "$root/opt/rig/sts.key"
install -D -m 644 "$work/tls/ca.crt" "$root/usr/local/share/ca-certificates/rig.crt"
chroot "$root" update-ca-certificates >/dev/null
chroot "$root" groupadd --gid 3000 token-readers
chroot "$root" useradd --create-home --shell /bin/bash --uid 2000 --groups token-readers app
chroot "$root" useradd --create-home --shell /bin/bash --uid 2001 stranger
chroot "$root" install -d -o app -g app /var/lib/rig-app
printf '127.0.0.1 localhost\n127.0.0.1 %s\n' "$name" >"$root/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
printf 'LANG=C.UTF-8\n' >"$root/etc/default/locale"
# A line of the administrator's own: it has to survive everything.
printf 'GUEST_OWN_LINE="kept as it was"\n' >"$root/etc/environment"
chmod 755 "$root"/opt/rig/*.py "$root"/etc/init.d/rig-*
if [ "$init" = systemd ]; then
  rm "$root"/etc/init.d/rig-*
  chroot "$root" systemctl --quiet enable rig-sts.service rig-app.service
  # Not under test, and each costs seconds on an emulated CPU.
  chroot "$root" systemctl --quiet mask getty@tty1.service serial-getty@ttyS0.service \
    systemd-timesyncd.service systemd-binfmt.service systemd-pstore.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer cloud-init-hotplugd.socket dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
    modprobe@configfs.service modprobe@drm.service modprobe@dm_mod.service modprobe@loop.service \
    modprobe@efi_pstore.service systemd-hwdb-update.service
else
  rm "$root"/etc/systemd/system/rig-*
  chroot "$root" update-rc.d rig-sts defaults >/dev/null
  chroot "$root" update-rc.d rig-app defaults >/dev/null
  sed -i '/getty/s/^/#/' "$root/etc/inittab"
fi
: >"$root/etc/machine-id"
# The size and times of what is newer than this file are what a boot changed.
touch "$root/opt/rig/built"

# in_chroot PROGRAM ARGUMENT...: in the new system, with /proc.
in_chroot() {
  mount -t proc proc "$root/proc"
  chroot "$root" "$@"
  umount "$root/proc"
}

# make_disk ROOT FILE: without what only the making of an image needs.
make_disk() {
  rm -rf "${1:?}"/boot/* "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin
  mke2fs -q -t ext4 -d "$1" -E root_owner=0:0 "$2" 2G
}

mkdir -p "$output"
# shellcheck disable=SC2016 # the fields are dpkg-query's
chroot "$root" dpkg-query --show --showformat='${Package} ${Version}\n' >"$output/packages.txt"
cp "$root"/boot/vmlinuz-* "$output/vmlinuz"
cp "$root"/boot/initrd.img-* "$output/initrd.img"
make_disk "$root" "$output/disk.raw"
[ "$init" = systemd ] || exit 0

if [ "$suite" = bookworm ]; then
  # As a distribution makes it for machines that it does not know.
  in_chroot dracut --quiet --no-hostonly --kver "$(ls "$root/lib/modules")" /boot/dracut.img
  mv "$root/boot/dracut.img" "$output/dracut.img"
  # For the user of QEMU.
  chmod 644 "$output/dracut.img"
fi

cp -a "$root" "$work/without"
chroot "$work/without" dpkg --purge cloud-init >/dev/null
make_disk "$work/without" "$output/without-cloud-init.raw"

if [ "$suite" = trixie ]; then
  # Debian's policy denies cloud-init itself, with or without the sidecar, what selinux.cil allows.
  cp "$here/selinux.cil" "$root/root/rig.cil"
  printf 'SELINUX=enforcing\nSELINUXTYPE=default\n' >"$root/etc/selinux/config"
  in_chroot semodule --noreload --install=/root/rig.cil
  rm "$root/root/rig.cil"
  # A client in the domain of a web server: what a confined service may read.
  cp "$root/bin/cat" "$root/opt/rig/httpd-cat"
  in_chroot setfiles -F -e /proc /etc/selinux/default/contexts/files/file_contexts /
  in_chroot chcon -t httpd_exec_t /opt/rig/httpd-cat
  make_disk "$root" "$output/selinux.raw"
fi

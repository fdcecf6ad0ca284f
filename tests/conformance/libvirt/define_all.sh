#!/bin/sh
# Asks libvirt about every domain file of a folder, with a libvirtd of its own.
#
#   unshare --mount --pid --mount-proc --kill-child sh define_all.sh FOLDER CAPABILITIES
#
# CAPABILITIES is a folder for libvirt's cache of the emulators' capabilities.
#
# For each FOLDER/*.xml it leaves, beside the file:
#   .schema   what virt-xml-validate said, its exit code on the last line
#   .define   what `virsh define` said, its exit code on the last line
#   .dump     `virsh dumpxml --inactive`, if the domain could be defined
#   .parsed   the same from libvirt's test driver, which accepts every architecture
#
# The daemon's folders are compiled into libvirt, so they are covered by empty ones in this mount
# namespace: the machine's own libvirtd is neither used nor changed. This script is the first process
# of its process namespace: if it is killed, libvirtd is killed too.
set -eu

folder=$1
capabilities=$2

mount --make-rprivate /
for covered in /run /etc/libvirt /var/lib/libvirt /var/log/libvirt; do
	mkdir -p "$covered"
	mount -t tmpfs -o mode=0755 tmpfs "$covered"
done
mkdir -p /var/cache/libvirt
mount --bind "$capabilities" /var/cache/libvirt
mkdir -p /run/libvirt /etc/libvirt/qemu /var/lib/libvirt/qemu /var/lib/libvirt/images
cat >/etc/libvirt/qemu.conf <<-'CONF'
	user = "root"
	group = "root"
	security_driver = "none"
	cgroup_controllers = []
	namespaces = []
	remember_owner = 0
	hugetlbfs_mount = []
CONF
cat >/etc/libvirt/libvirtd.conf <<-'CONF'
	auth_unix_ro = "none"
	auth_unix_rw = "none"
	unix_sock_rw_perms = "0700"
CONF

libvirtd --config /etc/libvirt/libvirtd.conf >"$folder/libvirtd.log" 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true' EXIT
# The first process of a process namespace ignores signals for which it has no trap.
trap 'exit 1' INT TERM HUP

connection='qemu:///system?mode=direct&socket=/run/libvirt/libvirt-sock'
tries=0
until virsh -c "$connection" version >"$folder/version.txt" 2>"$folder/version.err"; do
	tries=$((tries + 1))
	if [ "$tries" -ge 60 ] || ! kill -0 "$daemon" 2>/dev/null; then
		echo "libvirtd does not answer:" >&2
		tail -n 5 "$folder/libvirtd.log" "$folder/version.err" >&2
		exit 1
	fi
	sleep 0.5
done

# run OUTPUT COMMAND...: the command's output and, on the last line, its exit code.
run() {
	output=$1
	shift
	code=0
	"$@" >"$output" 2>&1 || code=$?
	echo "$code" >>"$output"
	return "$code"
}

for file in "$folder"/*.xml; do
	base=${file%.xml}
	name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$file" | head -n 1)
	run "$base.schema" virt-xml-validate "$file" domain || true
	if run "$base.define" virsh -q -c "$connection" define "$file"; then
		virsh -q -c "$connection" dumpxml --inactive "$name" >"$base.dump"
		virsh -q -c "$connection" undefine --nvram "$name" >/dev/null 2>&1 ||
			virsh -q -c "$connection" undefine "$name" >/dev/null
	fi
	virsh -q -c test:///default "define '$file'; dumpxml --inactive '$name'" >"$base.parsed" 2>&1 || true
done

#!/bin/sh
# Finds today's settings and scripts, and runs role.sh, which gives this guest the AWS role of its pod.
#
# cloud-init runs this on every boot, early. From a ConfigDrive it runs the copy of the first boot. So this
# script looks for the settings on the attached cloud-init disk, which KubeVirt writes for every start of the
# VM; the settings in its own file are for a guest that has no such disk. role.sh and refresh.sh come from
# the same place as the settings: the scripts always know the format of the settings, and only this script
# can be older. All releases therefore keep the markers below, the names of the files, and role.sh's
# argument.
#
# With the argument `domain` this file came with the domain of this start of the VM: its own settings are
# today's, and no disk is looked at.
#
# The guest's boot waits for this, and each program costs some 20 ms on an emulated or busy CPU. So the shell
# does what it can without a program, and functions return in variables: $(...) would start a process.
set -u
umask 077
LC_ALL=C
export LC_ALL

state=${EKS_IRSA_ROOT-}/run/eks-irsa-sidecar
newline='
'

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# give_up WHY: ends the boothook and changes nothing. An error never takes away a role that works.
give_up() {
    say "$1: the AWS role of this VM stays as it was."
    exit 0
}

# take_settings FILE: takes the settings and both scripts from a file. Fails with 2 if it has no settings, and
# with 3 if something is missing.
take_settings() {
    sed -n -e "/^#eks-irsa-settings: /{s///;w $state/encoded" -e '}' \
        -e "/^#eks-irsa-role\$/,/^#eks-irsa-refresher\$/w $state/role.sh" \
        -e "/^#eks-irsa-refresher\$/,/^#eks-irsa-end\$/w $state/refresh.sh" \
        -e "/^#eks-irsa-end\$/{w $state/end" -e 'q' -e '}' "$1" || return 3
    [ -s "$state/encoded" ] || return 2
    # Release 0.1.0 has the end mark, and no role.sh.
    [ -s "$state/role.sh" ] && [ -s "$state/end" ] || return 3
}

# settings_on DEVICE LABEL: takes the settings from the cloud-init disk with that label. Fails if the label is
# another; if the disk cannot be mounted, which it notes in `refused`; or if the disk's user data has no
# settings, which it notes in `missing`.
settings_on() {
    case $2 in
    cidata | CIDATA) user_data=$state/disk/user-data ;;
    config-2 | CONFIG-2) user_data=$state/disk/openstack/latest/user_data ;;
    *) return 1 ;;
    esac
    # The same number of processes as without $(...).
    if ! words=$(mount -o ro,nosuid,nodev,noexec "$1" "$state/disk" 2>&1); then
        refused="$2 cannot be mounted (${words%%"$newline"*})"
        return 1
    fi
    taken=1
    if [ -f "$user_data" ]; then
        take_settings "$user_data"
        taken=$?
    fi
    umount "$state/disk"
    case $taken in
    2) missing=yes ;;
    3) give_up "The settings on the disk $2 cannot be taken" ;;
    esac
    return "$taken"
}

# todays_settings: takes the settings from the first attached disk that has some: a cloud-init disk without
# settings may be a leftover in the image. Fails if there is none: then `missing` says whether a disk was read,
# and `refused` which one could not be.
todays_settings() {
    missing='' refused=''
    for label in cidata CIDATA config-2 CONFIG-2; do
        device=${EKS_IRSA_ROOT-}/dev/disk/by-label/$label
        if [ -e "$device" ] && settings_on "$device" "$label"; then return 0; fi
    done
    # There may be no udev that makes those links, or it has not made them yet. And several disks with one
    # label have one link.
    set -f
    IFS=$newline
    # One argument for each line.
    # shellcheck disable=SC2046
    set -- $(blkid 2>/dev/null)
    unset IFS
    set +f
    before=' LABEL="'
    for disk; do
        label=${disk#*"$before"}
        if settings_on "${disk%%:*}" "${label%%\"*}"; then return 0; fi
    done
    return 1
}

# The domain has given today's role. A ConfigDrive may still run the boothook of the first boot, and a disk
# without settings says nothing then.
if [ "${1-}" != domain ] && [ -e "$state/domain" ]; then exit 0; fi

mkdir -p "$state/disk" || give_up "$state cannot be made"
task=give
if [ "${1-}" = domain ]; then
    take_settings "$0" || give_up "No settings can be taken from $0"
    : >"$state/domain"
elif ! todays_settings; then
    if [ -n "$refused" ]; then
        # It may be the disk with the settings of today.
        say "The cloud-init disk $refused: the settings that cloud-init has kept are used."
    elif [ -n "$missing" ]; then
        # A disk without settings: the service account has no role any more.
        task=remove
    fi
    take_settings "$0" || give_up "No settings can be taken from $0"
fi
set -- "$task"
# In this shell, which saves a process.
# shellcheck source=/dev/null
. "$state/role.sh"
exit 0

#!/bin/sh
# Gives this guest the AWS role of its pod: writes the variables to /etc/environment and to systemd, and
# starts the refresher, which mounts the share and publishes the web identity token.
#
# cloud-init runs this on every boot, early. On a ConfigDrive it runs the copy of the first boot, so the
# settings are read from the attached disk, which is today's; those carried below are the fallback.
# Running it again changes nothing.
#
# The guest's boot waits for this, and pays some 20 ms for each program on an emulated or busy CPU. So the
# shell does itself what it can, and functions return in variables: $(...) would start a process.
set -u
umask 077
LC_ALL=C
export LC_ALL

root=${EKS_IRSA_ROOT-}
state=$root/run/eks-irsa-sidecar
environment=$root/etc/environment
begin='# BEGIN eks-irsa-sidecar'
end='# END eks-irsa-sidecar'
newline='
'

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# take_settings FILE: takes the settings and the refresher from a file. Fails if it has no settings.
take_settings() {
    rm -f "$state/encoded"
    sed -n -e "/^#eks-irsa-settings: /{s///;w $state/encoded" -e '}' \
        -e "/^#eks-irsa-refresher\$/,/^#eks-irsa-end\$/w $state/refresh.sh" \
        -e '/^#eks-irsa-end$/q' "$1"
    [ -s "$state/encoded" ]
}

# settings_on DEVICE LABEL: takes the settings from the cloud-init disk with that label. Fails with 1 if it
# is none, and with 2 if its user data has no settings: this VM has no role any more.
settings_on() {
    case $2 in
    cidata | CIDATA) user_data=$state/disk/user-data ;;
    *) user_data=$state/disk/openstack/latest/user_data ;;
    esac
    mount -o ro,nosuid,nodev,noexec "$1" "$state/disk" 2>/dev/null || return 1
    found=1
    if [ -r "$user_data" ]; then
        take_settings "$user_data" && found=0 || found=2
    fi
    umount "$state/disk"
    return "$found"
}

# todays_settings: takes the settings from the attached disk; fails as settings_on does.
todays_settings() {
    for label in cidata CIDATA config-2 CONFIG-2; do
        device=$root/dev/disk/by-label/$label
        [ -e "$device" ] || continue
        settings_on "$device" "$label"
        found=$?
        [ "$found" = 1 ] || return "$found"
    done
    # There may be no udev to make those links, or it is not that far yet.
    disks=$newline$(blkid 2>/dev/null)
    for label in cidata CIDATA config-2 CONFIG-2; do
        case $disks in
        *" LABEL=\"$label\""*) ;;
        *) continue ;;
        esac
        device=${disks%%" LABEL=\"$label\""*}
        device=${device##*"$newline"}
        settings_on "${device%%:*}" "$label"
        found=$?
        [ "$found" = 1 ] || return "$found"
    done
    return 1
}

# read_settings FILE: sets mount_tag, mount_path, token_name, token_readers, and `variables`, one NAME=value
# a line. The file is JSON with one member a line (see settings.ts).
read_settings() {
    mount_tag='' mount_path='' token_name='' token_readers='' variables=''
    while IFS= read -r line || [ -n "$line" ]; do
        name=${line#*\"}
        name=${name%%\"*}
        value=${line#*\": \"}
        value=${value%,}
        value=${value%\"}
        case $value in
        # No control character is among the values, so these two escapes are all that JSON needs.
        *\\*) value=$(printf '%s\n' "$value" | sed 's/\\\(["\\]\)/\1/g') ;;
        esac
        case $name in
        mountTag) mount_tag=$value ;;
        mountPath) mount_path=$value ;;
        tokenName) token_name=$value ;;
        tokenReaders) token_readers=$value ;;
        AWS_*) variables=$variables$name=$value$newline ;;
        esac
    done <"$1"
}

# quote VALUE: sets `quoted` to the value so that pam_env, systemd and a shell all read it back the same.
quote() {
    quoted=$1
    case $1 in
    *[!A-Za-z0-9_./:@%+=,-]*)
        case $1 in
        *\'*) quoted="\"$1\"" ;;
        *) quoted="'$1'" ;;
        esac
        ;;
    esac
}

# make_block: sets `block` to the marked lines of /etc/environment, or to nothing without variables.
make_block() {
    block=''
    [ -n "$variables" ] || return 0
    set -f
    IFS=$newline
    for variable in $variables; do
        quote "${variable#*=}"
        block=$block${variable%%=*}=$quoted$newline
    done
    unset IFS
    set +f
    comment='# Written anew on every boot; the lines outside of this block are yours.'
    block=$begin$newline$comment$newline$block$end$newline
}

# read_environment: sets `present` to /etc/environment, and `others` to it without the block. A block that
# somebody cut short is left to its new owner.
read_environment() {
    present='' others='' held='' inside=''
    [ -e "$environment" ] || return 0
    while IFS= read -r line || [ -n "$line" ]; do
        present=$present$line$newline
        if [ "$line" = "$begin" ]; then
            others=$others$held held='' inside=yes
        elif [ -z "$inside" ]; then
            others=$others$line$newline
        elif [ "$line" = "$end" ]; then
            held='' inside=''
        else
            held=$held$line$newline
        fi
    done <"$environment"
    others=$others$held
}

# Brings the block of /etc/environment up to date, in one step, if it is not.
write_environment() {
    read_environment
    make_block
    [ "$others$block" != "$present" ] || return 0
    target=$environment
    [ ! -L "$target" ] || target=$(readlink -f "$target") || return 1
    [ -e "$target" ] || (umask 022 && : >"$target") || return 1
    new=$target.eks-irsa-sidecar
    if cp -p "$target" "$new" && printf '%s' "$others$block" >"$new" && mv -f "$new" "$target"; then
        return 0
    fi
    rm -f "$new"
    return 1
}

on_systemd() {
    [ -d "$root/run/systemd/system" ]
}

# Leaves the variables to environment_handler.py, and sets `known` to the names of those of an earlier run.
keep_variables() {
    known=''
    if [ -s "$state/variables" ]; then
        while IFS= read -r line; do known="$known ${line%%=*}"; done <"$state/variables"
    fi
    printf '%s' "$variables" >"$state/variables"
}

# Tells systemd the variables, for every service that it starts from now on, and to forget those of an
# earlier run.
inform_systemd() {
    on_systemd || return 0
    if [ -n "$known" ]; then
        # One argument for each word.
        # shellcheck disable=SC2086
        systemctl unset-environment $known
    fi
    set -f
    IFS=$newline
    # One argument for each line.
    # shellcheck disable=SC2086
    set -- $variables
    unset IFS
    set +f
    [ "$#" = 0 ] || systemctl set-environment "$@" ||
        say 'systemd did not take the AWS_ variables: its services do not have them.'
}

write_unit() {
    (umask 022 && printf '%s\n' '[Unit]' \
        'Description=Keep the AWS web identity token of this VM fresh' '' '[Service]' \
        "ExecStart=/bin/sh $state/refresh.sh" 'Restart=always' 'RestartSec=5' \
        >"$root/run/systemd/system/aws-iam-token.service")
}

# Publishes the token now, so that whatever boots next has it, and keeps it fresh from then on.
start_refresher() {
    printf '%s\n' "$mount_tag" "$mount_path" "$token_name" "$token_readers" >"$state/share"
    # Not a program of its own, which would take longer to start.
    # shellcheck source=/dev/null
    (set -- once && . "$state/refresh.sh")
    if on_systemd; then
        write_unit
        # Not waiting, neither for the unit, which starts after the target that this script holds up, nor
        # for systemd's answer.
        systemctl --no-block restart aws-iam-token.service </dev/null >/dev/null 2>&1 &
    else
        stop_background
        sh "$state/refresh.sh" </dev/null >/dev/null 2>&1 &
        printf '%s\n' "$!" >"$state/pid"
    fi
}

stop_background() {
    [ -s "$state/pid" ] || return 0
    read -r pid <"$state/pid"
    grep -q refresh.sh "/proc/$pid/cmdline" 2>/dev/null && kill "$pid"
    rm -f "$state/pid"
}

leave_role() {
    say 'The attached cloud-init disk names no AWS role: this VM has none any more.'
    variables=''
    [ ! -e "$environment" ] || write_environment
    keep_variables
    inform_systemd
    if on_systemd; then
        systemctl --no-block stop aws-iam-token.service 2>/dev/null
    else
        stop_background
    fi
    rm -rf "$root/run/aws-iam-token"
}

mkdir -p "$state/disk"
todays_settings
found=$?
if [ "$found" = 2 ]; then
    leave_role
    exit 0
fi
[ "$found" = 0 ] || take_settings "$0"

base64 -d <"$state/encoded" >"$state/settings"
read_settings "$state/settings"
write_environment ||
    say "$environment cannot be written: login sessions do not have the AWS_ variables."
keep_variables
inform_systemd
start_refresher
exit 0

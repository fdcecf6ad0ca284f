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

# give_up WHY: ends here and changes nothing, so that no mishap takes a role away that works.
give_up() {
    say "$1: the AWS role of this VM stays as it was."
    exit 0
}

# take_settings FILE: takes the settings and the refresher from a file. Fails with 2 if it has no settings,
# and with 3 if they cannot be taken.
take_settings() {
    sed -n -e "/^#eks-irsa-settings: /{s///;w $state/encoded" -e '}' \
        -e "/^#eks-irsa-refresher\$/,/^#eks-irsa-end\$/w $state/refresh.sh" \
        -e '/^#eks-irsa-end$/q' "$1" || return 3
    [ -s "$state/encoded" ] || return 2
    [ -s "$state/refresh.sh" ] || return 3
}

# settings_on DEVICE LABEL: takes the settings from the cloud-init disk with that label. Fails if it is none,
# or its user data has no settings, which it notes in `missing`.
settings_on() {
    case $2 in
    cidata | CIDATA) user_data=$state/disk/user-data ;;
    config-2 | CONFIG-2) user_data=$state/disk/openstack/latest/user_data ;;
    *) return 1 ;;
    esac
    mount -o ro,nosuid,nodev,noexec "$1" "$state/disk" 2>/dev/null || return 1
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
# any may have been left in the image. Fails if there is none, and `missing` says whether one was looked at.
todays_settings() {
    missing=''
    for label in cidata CIDATA config-2 CONFIG-2; do
        device=$root/dev/disk/by-label/$label
        if [ -e "$device" ] && settings_on "$device" "$label"; then return 0; fi
    done
    # There may be no udev to make those links, or it is not that far yet; and one label has one link,
    # however many disks have that label.
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

# read_settings FILE: sets mount_tag, mount_path, token_name, token_readers, and `variables`, one NAME=value
# a line. The file is JSON with one member a line (see settings.ts). Fails if it is not whole.
read_settings() {
    mount_tag='' mount_path='' token_name='' token_readers='' variables='' last=''
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
        last=$line
    done <"$1"
    [ -n "$mount_tag" ] && [ -n "$mount_path" ] && [ -n "$token_name" ] && [ "$last" = '}' ]
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
update_environment() {
    read_environment
    make_block
    [ "$others$block" != "$present" ] || return 0
    target=$environment
    [ ! -L "$target" ] || target=$(readlink -f "$target") || return 1
    [ -e "$target" ] || (umask 022 && : >"$target") || return 1
    # It may be a link to /dev/null, which must not be replaced.
    [ -f "$target" ] || return 1
    new=$target.eks-irsa-sidecar
    # With its owner, mode and SELinux label.
    if cp -a "$target" "$new" && printf '%s' "$others$block" >"$new" && mv -f "$new" "$target"; then
        return 0
    fi
    rm -f "$new"
    return 1
}

write_environment() {
    update_environment ||
        say "$environment cannot be written: login sessions have the AWS_ variables that it had before."
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
    # No target wants the unit: without IgnoreOnIsolate, `systemctl isolate` would end it until the next boot.
    (umask 022 && printf '%s\n' '[Unit]' \
        'Description=Keep the AWS web identity token of this VM fresh' 'IgnoreOnIsolate=yes' '' '[Service]' \
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

mkdir -p "$state/disk" || give_up "$state cannot be made"
if ! todays_settings; then
    if [ -n "$missing" ]; then
        leave_role
        exit 0
    fi
    take_settings "$0" || give_up "No settings can be taken from $0"
fi
if ! base64 -d <"$state/encoded" >"$state/settings" 2>/dev/null || ! read_settings "$state/settings"; then
    give_up 'The settings in the cloud-init data cannot be decoded'
fi
write_environment
keep_variables
inform_systemd
start_refresher
exit 0

#!/bin/sh
# Gives this guest the AWS role of its pod: writes the variables to /etc/environment and to systemd, and
# starts the refresher, which mounts the share and publishes the web identity token.
#
# cloud-init runs this on every boot, early. On a ConfigDrive it runs the copy of the first boot, so the
# settings are read from the attached disk, which is today's; those carried below are the fallback.
# Running it again changes nothing.
set -u
umask 077
LC_ALL=C
export LC_ALL

root=${EKS_IRSA_ROOT-}
state=$root/run/eks-irsa-sidecar
environment=$root/etc/environment
begin='# BEGIN eks-irsa-sidecar'
end='# END eks-irsa-sidecar'

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# marked NAME FILE: what stands behind the first marker of that name in a file.
marked() {
    sed -n "/^#$1: /{s///p;q;}" "$2"
}

# device_of LABEL: the block device whose filesystem has that label, in either case.
device_of() {
    for label in "$1" "$(printf '%s' "$1" | tr '[:lower:]' '[:upper:]')"; do
        if [ -e "$root/dev/disk/by-label/$label" ]; then
            printf '%s\n' "$root/dev/disk/by-label/$label"
            return 0
        fi
        blkid 2>/dev/null | sed -n "/ LABEL=\"$label\"/{s/:.*//p;q;}" | grep . && return 0
    done
    return 1
}

# today LABEL FILE: the settings on the attached disk. Fails with 1 if there is no such disk, and with 2 if
# its user data has no settings: this VM has no role any more.
today() {
    device=$(device_of "$1") || return 1
    disk=$state/disk
    mkdir -p "$disk"
    mount -o ro,nosuid,nodev,noexec "$device" "$disk" 2>/dev/null || return 1
    found=1
    if [ -r "$disk/$2" ]; then
        marked eks-irsa-settings "$disk/$2" | grep . || found=2
        [ "$found" = 2 ] || found=0
    fi
    umount "$disk"
    return "$found"
}

# setting NAME: a text of the settings. They are JSON with one member a line (see settings.ts).
setting() {
    sed -n "s/^ \"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p" "$state/settings" | unescaped
}

# The variables of the settings, one NAME=value a line.
variables() {
    sed -n 's/^  "\(AWS_[A-Za-z0-9_]*\)": "\(.*\)",\{0,1\}$/\1=\2/p' "$state/settings" | unescaped
}

# Undoes JSON's escapes. No control character is among the values, so only these two occur.
unescaped() {
    sed 's/\\\(["\\]\)/\1/g'
}

# quoted VALUE: the value so that pam_env, systemd and a shell all read it back the same.
quoted() {
    case $1 in
    *[!A-Za-z0-9_./:@%+=,-]*)
        case $1 in
        *\'*) printf '"%s"' "$1" ;;
        *) printf "'%s'" "$1" ;;
        esac
        ;;
    *) printf '%s' "$1" ;;
    esac
}

# The marked block of /etc/environment.
block() {
    printf '%s\n' "$begin" '# Written anew on every boot; the lines outside of this block are yours.'
    while IFS= read -r line; do
        printf '%s=%s\n' "${line%%=*}" "$(quoted "${line#*=}")"
    done <"$state/variables"
    printf '%s\n' "$end"
}

# /etc/environment without the block. A block that somebody cut short is left to its new owner.
others() {
    [ -e "$environment" ] || return 0
    awk -v begin="$begin" -v end="$end" '
        $0 == begin { if (inside) printf "%s", held; inside = 1; held = ""; next }
        inside && $0 == end { inside = 0; next }
        inside { held = held $0 "\n"; next }
        { print }
        END { if (inside) printf "%s", held }
    ' "$environment"
}

# Replaces the content of /etc/environment by the standard input, if it differs, in one step.
replace_environment() {
    target=$(readlink -f "$environment") || target=$environment
    [ -e "$target" ] || (umask 022 && : >"$target") || return 1
    new=$target.eks-irsa-sidecar
    if cp -p "$target" "$new" && cat >"$new"; then
        if cmp -s "$new" "$target"; then
            rm -f "$new"
        else
            mv -f "$new" "$target"
        fi
    else
        rm -f "$new"
        return 1
    fi
}

on_systemd() {
    [ -d "$root/run/systemd/system" ]
}

# Tells systemd the variables, for every service that it starts from now on, and to forget those of an
# earlier run.
inform_systemd() {
    on_systemd || return 0
    if [ -s "$state/known" ]; then
        set --
        while IFS= read -r name; do set -- "$@" "$name"; done <"$state/known"
        systemctl unset-environment "$@"
    fi
    sed 's/=.*//' "$state/variables" >"$state/known"
    set --
    while IFS= read -r line; do set -- "$@" "$line"; done <"$state/variables"
    [ "$#" = 0 ] || systemctl set-environment "$@" ||
        say 'systemd did not take the AWS_ variables: its services do not have them.'
}

write_unit() {
    mkdir -p "$root/run/systemd/system"
    (umask 022 && cat >"$root/run/systemd/system/aws-iam-token.service") <<EOF
[Unit]
Description=Keep the AWS web identity token of this VM fresh

[Service]
ExecStart=/bin/sh $state/refresh.sh
Restart=always
RestartSec=5
EOF
}

# Publishes the token now, so that whatever boots next has it, and keeps it fresh from then on.
start_refresher() {
    marked eks-irsa-refresher "$0" | base64 -d >"$state/refresh.sh"
    for name in mountTag mountPath tokenName tokenReaders; do setting "$name"; done >"$state/share"
    sh "$state/refresh.sh" once
    if on_systemd; then
        write_unit
        # Not waiting: the unit starts after the target that this script holds up.
        systemctl --no-block restart aws-iam-token.service
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
    : >"$state/variables"
    [ ! -e "$environment" ] || others | replace_environment
    inform_systemd
    if on_systemd; then
        systemctl --no-block stop aws-iam-token.service 2>/dev/null
    else
        stop_background
    fi
    rm -rf "$root/run/aws-iam-token"
}

mkdir -p "$state"
settings=$(today cidata user-data)
found=$?
if [ "$found" = 1 ]; then
    settings=$(today config-2 openstack/latest/user_data)
    found=$?
fi
if [ "$found" = 2 ]; then
    leave_role
    exit 0
fi
[ "$found" = 0 ] || settings=$(marked eks-irsa-settings "$0")

printf '%s' "$settings" | base64 -d >"$state/settings"
variables >"$state/variables"
{ others && block; } | replace_environment ||
    say "$environment cannot be written: login sessions do not have the AWS_ variables."
inform_systemd
start_refresher
exit 0

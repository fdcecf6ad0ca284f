#!/bin/sh
# Gives this guest the AWS role of its pod: writes the variables to /etc/environment, tells them to systemd,
# and starts the refresher, which mounts the share and publishes the token. With the argument
# `remove` it takes the role away instead; with `shutdown`, only the lines of /etc/environment. Run again with
# the same settings, it changes nothing.
#
# boothook.sh has put the settings, refresh.sh and this script into the state folder, and runs this script in
# its own shell. It may be the boothook of another release: nothing of its variables or functions is used.
#
# The guest's boot waits for this, and each program costs some 20 ms on an emulated or busy CPU. So the shell
# does what it can without a program, and functions return in variables: $(...) would start a process.
set -u
umask 077
LC_ALL=C
export LC_ALL

root=${EKS_IRSA_ROOT-}
state=$root/run/eks-irsa-sidecar
environment=$root/etc/environment
# No release changes these two lines: the block in a guest may be that of another release.
begin='# BEGIN eks-irsa-sidecar'
end='# END eks-irsa-sidecar'
newline='
'

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# give_up WHY: ends here and changes nothing. An error never takes away a role that works.
give_up() {
    say "$1: the AWS role of this VM stays as it was."
    exit 0
}

# read_settings FILE: sets format, mount_tag, mount_path, token_name, token_readers, agent_address, agent_gateway,
# and `variables`, one NAME=value a line. src/guest/linux/settings.ts says what the lines are. Fails if the last
# one is missing.
read_settings() {
    format='' mount_tag='' mount_path='' token_name='' token_readers='' variables='' whole=''
    agent_address='' agent_gateway=''
    while IFS= read -r line; do
        value=${line#*=}
        case $line in
        FORMAT=*) format=$value ;;
        MOUNT_TAG=*) mount_tag=$value ;;
        MOUNT_PATH=*) mount_path=$value ;;
        TOKEN_NAME=*) token_name=$value ;;
        TOKEN_READERS=*) token_readers=$value ;;
        AGENT_ADDRESS=*) agent_address=$value ;;
        AGENT_GATEWAY=*) agent_gateway=$value ;;
        AWS_*=*) variables=$variables$line$newline ;;
        END) whole=yes ;;
        esac
    done <"$1"
    [ -n "$whole" ]
}

# load_settings: reads the settings that boothook.sh has found.
load_settings() {
    if ! base64 -d <"$state/encoded" >"$state/settings" 2>/dev/null || ! read_settings "$state/settings"; then
        give_up 'The settings cannot be decoded'
    fi
    [ "$format" = 2 ] ||
        give_up "The settings have the format $format, which this script does not know"
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

# read_environment: sets `present` to /etc/environment, and `others` to it without the block. The lines of a
# block whose last line is missing are kept: they may be the owner's.
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

# update_environment: writes the block of /etc/environment if it has to change, in one step where that can be.
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
    if cp -a "$target" "$new" && printf '%s' "$others$block" >"$new"; then
        mv -f "$new" "$target" && return 0
    elif [ -e "$new" ]; then
        # The disk is full. Emptying the file first, as below, could lose its lines.
        rm -f "$new"
        return 1
    fi
    rm -f "$new"
    # The file can be written and not replaced where it is a mount of its own, as on Ubuntu Core. What breaks
    # off is put back.
    printf '%s' "$others$block" >"$target" && return 0
    printf '%s' "$present" >"$target"
    return 1
}

write_environment() {
    update_environment ||
        say "$environment cannot be written: login sessions have the AWS_ variables that it had before."
}

on_systemd() {
    [ -d "$root/run/systemd/system" ]
}

# keep_variables: writes the variables for environment_handler.py, and sets `known` to the names of those of an
# earlier run. On a ConfigDrive the handler is that of the first boot: no release changes this file's form.
keep_variables() {
    known=''
    if [ -s "$state/variables" ]; then
        while IFS= read -r line; do known="$known ${line%%=*}"; done <"$state/variables"
    fi
    printf '%s' "$variables" >"$state/variables" && return 0
    say "$state cannot be written: the commands of this boot's cloud-init may have no AWS_ variables."
    # Rather none than half of them.
    : >"$state/variables"
}

# inform_systemd: gives systemd the variables for every service that it starts from now on, and removes those
# of an earlier run.
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

write_units() {
    # No target wants the unit: without IgnoreOnIsolate, `systemctl isolate` would end it until the next boot.
    # Without a limit of starts it is started again for as long as the guest runs, every 5 s at most. (In
    # [Service], where systemd 219 looks for it.) What it writes to stderr has the tag that the documents name.
    (umask 022 && printf '%s\n' '[Unit]' \
        'Description=Keep the AWS web identity token of this VM fresh' 'IgnoreOnIsolate=yes' \
        'Wants=aws-iam-token-shutdown.service' '' '[Service]' \
        "ExecStart=/bin/sh $state/refresh.sh" 'SyslogIdentifier=aws-iam-token' \
        'Restart=always' 'RestartSec=5' 'StartLimitInterval=0' \
        >"$root/run/systemd/system/aws-iam-token.service" &&
        # Its start runs no program, and only the shutdown stops it. The next start of the VM may have no role.
        printf '%s\n' '[Unit]' 'Description=Forget the AWS role of this VM at its shutdown' \
            'IgnoreOnIsolate=yes' '' '[Service]' 'Type=oneshot' 'RemainAfterExit=yes' \
            "ExecStop=/bin/sh $state/role.sh shutdown" 'SyslogIdentifier=aws-iam-token' \
            >"$root/run/systemd/system/aws-iam-token-shutdown.service") && return 0
    say 'The unit aws-iam-token.service cannot be written: a process in the background does its work.'
    return 1
}

# start_refresher: publishes the token now, for all that starts later in this boot, and keeps it fresh.
start_refresher() {
    # The last two lines are there only for a VM that needs that route.
    if ! printf '%s\n' "$mount_tag" "$mount_path" "$token_name" "$token_readers" "${PATH-}" \
        ${agent_address:+"$agent_address" "$agent_gateway"} >"$state/share"; then
        say "$state cannot be written: no web identity token is published."
        return
    fi
    # In a subshell: a program would take longer to start.
    # shellcheck source=/dev/null
    (set -- once && . "$state/refresh.sh")
    if on_systemd && write_units; then
        # Without waiting for the unit, which starts after the target that waits for this script, and without
        # waiting for systemd's answer.
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

# forget_variables: takes the block out of /etc/environment.
forget_variables() {
    variables=''
    [ ! -e "$environment" ] || write_environment
}

remove_role() {
    say 'The attached cloud-init disk names no AWS role: this VM has none any more.'
    forget_variables
    keep_variables
    inform_systemd
    if on_systemd; then
        systemctl --no-block stop aws-iam-token.service 2>/dev/null
    else
        stop_background
    fi
    rm -rf "$root/run/aws-iam-token"
}

case $1 in
remove) remove_role ;;
shutdown) forget_variables ;;
*)
    load_settings
    write_environment
    keep_variables
    inform_systemd
    start_refresher
    ;;
esac

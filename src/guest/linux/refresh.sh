#!/bin/sh
# Mounts the share of the web identity token and publishes a copy of the token for those who may read it:
# once with the argument `once`, otherwise every 30 s for as long as the guest runs.
#
# AWS_WEB_IDENTITY_TOKEN_FILE, or AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, names the copy. Most programs cannot
# read the token in the share: it belongs to uid 107 with mode 0640. Since Kubernetes 1.36 the links to it belong
# to uid 107 too, in a sticky folder, where fs.protected_symlinks does not even let root follow them.
#
# The guest's boot waits for `once`, which therefore starts as few programs as it can.
set -u
umask 077
# mount's messages in English.
LC_ALL=C
export LC_ALL

root=${EKS_IRSA_ROOT-}
state=$root/run/eks-irsa-sidecar
published=$root/run/aws-iam-token
{
    IFS= read -r mount_tag
    IFS= read -r mount_path
    IFS= read -r token_name
    IFS= read -r token_readers
    IFS= read -r search_path
    IFS= read -r agent_address
    IFS= read -r agent_gateway
} <"$state/share"
# The PATH of the boothook, which has found its programs there. systemd gives a unit a PATH of its own: on
# NixOS that is systemd's folder alone. The folders after it are for a boothook that had few.
PATH=${search_path:-${PATH-}}
PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin
export PATH

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# make_folders: makes the folders of the share and of the published token, and sets `share` to the share's.
# Where / is read-only, that is one below /run.
make_folders() {
    share=$root$mount_path
    [ ! -d "$share" ] || [ ! -d "$published" ] || return 0
    unlabelled=''
    if [ "$token_readers" = everyone ] && [ ! -d "$published" ] && [ -e "$root/sys/fs/selinux/enforce" ]; then
        unlabelled=yes
    fi
    case $token_readers in
    everyone) (umask 022 && mkdir -p "$share" "$published") 2>/dev/null ;;
    *)
        mkdir -p "$published" 2>/dev/null
        # Folders above the share are for everyone.
        (umask 022 && mkdir -p "$share") 2>/dev/null
        ;;
    esac
    # SELinux lets no confined service into a folder of /run. This type is for certificates, which such services
    # may read; every token has it from its folder. A policy without that type changes nothing.
    [ -z "$unlabelled" ] || chcon -t cert_t "$published" 2>/dev/null
    if [ ! -d "$share" ]; then
        share=$state/mount
        mkdir -p "$share"
    fi
}

# read_said: sets `said` to what a program has written to the file for it, in one line and without control
# characters.
read_said() {
    said=''
    while read -r line || [ -n "$line" ]; do
        [ -z "$line" ] || said=$said${said:+ }$line
    done <"$state/said"
    while :; do
        case $said in
        *[[:cntrl:]]*) said=${said%%[[:cntrl:]]*}${said#*[[:cntrl:]]} ;;
        *) return ;;
        esac
    done
}

# has_line TEXT FILE...: whether one of the files has this line; the list of file systems has `nodev` and a
# tab before the name.
has_line() {
    wanted=$1
    shift
    for file; do
        [ -r "$file" ] || continue
        while IFS= read -r line || [ -n "$line" ]; do
            case $line in
            "$wanted" | nodev?"$wanted") return 0 ;;
            esac
        done <"$file"
    done
    return 1
}

# find_cause EXIT_CODE: sets `cause` to why mount has ended so, as far as the files of the guest's kernel tell.
# mount's own words are for people, and others in each release.
find_cause() {
    filesystems=$root/proc/filesystems devices=$root/sys/bus/virtio/devices
    cause=''
    # There is no program, or no folder to mount at: then the kernel was not asked.
    if [ "$1" -gt 125 ] || [ ! -d "$share" ]; then return; fi
    # The mount has made the kernel look for its module.
    if [ -r "$filesystems" ] && ! has_line virtiofs "$filesystems"; then
        cause=" This guest's kernel has no virtiofs, or cannot load it."
    elif [ ! -d "$devices" ]; then
        return
    # VIRTIO_ID_FS of https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html, as the kernel writes it.
    elif ! has_line 0x001a "$devices"/*/device; then
        cause=' The VM has no virtiofs device.'
    else
        # Linux 6.9 and later name the tags.
        set -- "$root"/sys/fs/virtiofs/*/tag
        if [ ! -e "$1" ]; then
            cause=' The VM has a virtiofs device: it may have another tag, or this guest refuses the mount'
        elif has_line "$mount_tag" "$@"; then
            cause=' The VM has the device: this guest refuses the mount'
        else
            cause=' The VM has no virtiofs device with this tag.'
            return
        fi
        if has_line 1 "$root/sys/fs/selinux/enforce"; then
            cause="$cause, perhaps by SELinux, which is enforcing"
        fi
        cause=$cause.
    fi
}

# mount_share: mounts the share unless it is mounted. If it cannot, sets `problem` to the reason.
mount_share() {
    # A mounted share shows the kubelet's link, and the kernel refuses to mount it once more on itself.
    if [ -L "$share/..data" ]; then return 0; fi
    mount -t virtiofs -o ro,nosuid,nodev,noexec "$mount_tag" "$share" 2>"$state/said" && return 0
    code=$?
    if mountpoint -q "$share" 2>/dev/null; then return 0; fi
    find_cause "$code"
    read_said
    problem="The virtiofs share $mount_tag cannot be mounted at $share.$cause${said:+ mount says: $said}"
    return 1
}

# find_token: sets `token` to the token's real file. The kubelet keeps it in a dated folder that ..data
# links to.
find_token() {
    if [ -L "$share/..data" ] && data=$(readlink "$share/..data"); then
        token=$share/$data/$token_name
    else
        token=$share/$token_name
    fi
}

# copy_token FILE: copies the whole token to a file that only the token's readers can open. Fails if it cannot.
copy_token() {
    # The kubelet may remove the folder between the look at the link and the copy: look again.
    for attempt in 1 2 3; do
        [ "$attempt" = 1 ] || sleep 1
        find_token
        # An incomplete copy is not empty either: the exit code counts.
        case $token_readers in
        everyone) (umask 0222 && cat "$token" >"$1") ;;
        *) (umask 0277 && cat "$token" >"$1") ;;
        esac 2>"$state/said" && [ -s "$1" ] && return 0
        rm -f "$1"
    done
    return 1
}

# remove_leftovers: removes the copies of processes that were ended before they had published them.
remove_leftovers() {
    for leftover in "$published"/.token.*; do
        [ -e "$leftover" ] || continue
        publisher=${leftover##*.}
        if [ "$publisher" = "$$" ] || ! kill -0 "$publisher" 2>/dev/null; then
            rm -f "$leftover"
        fi
    done
}

# let_group_read FILE: lets only the chosen group read a file in the folder of the published token. Fails if
# there is no such group: the user data may create it later in this boot.
let_group_read() {
    if chgrp "${token_readers#group:}" "$published" "$1" 2>/dev/null; then
        # 0750 for the folder, 0440 for the file.
        chmod g=rX,o= "$published" "$1"
    else
        chmod 0700 "$published"
        return 1
    fi
}

# keep_route: gives the guest the route to the agent of EKS Pod Identity, which a link-local route or another
# default route would hide. Whatever sets up the guest's network may remove it. Sets `problem` if it cannot.
keep_route() {
    [ -n "$agent_address" ] || return 0
    ip route replace "$agent_address/32" via "$agent_gateway" 2>"$state/said" && return 0
    read_said
    problem="The guest has no route of its own to the agent of EKS Pod Identity, $agent_address, by $agent_gateway."
    problem="$problem${said:+ ip says: $said}"
}

# publish: updates the published token, and the route. Sets `problem` to what is wrong, and fails if no token can
# be published.
publish() {
    problem=''
    make_folders
    mount_share || return 1
    remove_leftovers
    # Each process has its own name: the boothook may be run again while the service runs.
    new=$published/.token.$$
    if ! copy_token "$new"; then
        read_said
        problem="The share at $share holds no $token_name that can be read and copied to $published."
        problem="$problem${said:+ cat says: $said}"
        return 1
    fi
    present=$published/token
    if [ -e "$present" ] && cmp -s "$new" "$present"; then
        rm -f "$new"
        new=$present
    fi
    case $token_readers in
    group:*)
        # Before it replaces the old token, so that the group can read the token at all times.
        let_group_read "$new" ||
            problem="The group ${token_readers#group:} does not exist yet: only root can read the token."
        ;;
    esac
    if [ "$new" != "$present" ] && ! mv -f "$new" "$present"; then
        rm -f "$new"
        problem="The token at $present cannot be replaced."
        return 1
    fi
    keep_route
}

if [ "${1-}" = once ]; then
    # This is for cloud-init's log. The service, which runs next, writes the same to the journal.
    publish || printf '%s\n' "aws-iam-token: $problem" >&2
    exit
fi

# wait_for SECONDS: ends this process if it cannot wait, instead of looking for a token without a pause.
wait_for() {
    # Once more, for a sleep that somebody ended.
    sleep "$1" || sleep 5 || {
        say 'The program sleep fails: the refresher ends. systemd starts it again; without systemd, the next boot does.'
        exit 1
    }
}

last=''
while :; do
    publish
    message=${problem:-"The web identity token is published at $published/token."}
    # Only changes are written to the journal.
    [ "$message" = "$last" ] || say "$message"
    last=$message
    if [ -z "$problem" ]; then
        wait_for 30
    else
        wait_for 5
    fi
done

#!/bin/sh
# Mounts the share of the web identity token and publishes a copy of the token for those who may read it:
# once with the argument `once`, otherwise every 30 s for as long as the guest runs.
#
# AWS_WEB_IDENTITY_TOKEN_FILE names the copy. Most programs cannot read the token in the share: it belongs to
# uid 107 with mode 0640. Since Kubernetes 1.36 the links to it belong to uid 107 too, in a sticky folder, where
# fs.protected_symlinks does not even let root follow them.
#
# The guest's boot waits for `once`, which therefore starts as few programs as it can.
set -u
umask 077

root=${EKS_IRSA_ROOT-}
state=$root/run/eks-irsa-sidecar
published=$root/run/aws-iam-token
{
    IFS= read -r mount_tag
    IFS= read -r mount_path
    IFS= read -r token_name
    IFS= read -r token_readers
} <"$state/share"

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# make_folders: makes the folders of the share and of the published token, and sets `share` to the share's.
# Where / is read-only, that is one below /run.
make_folders() {
    share=$root$mount_path
    [ ! -d "$share" ] || [ ! -d "$published" ] || return 0
    case $token_readers in
    everyone) (umask 022 && mkdir -p "$share" "$published") 2>/dev/null ;;
    *)
        mkdir -p "$published" 2>/dev/null
        # Folders above the share are for everyone.
        (umask 022 && mkdir -p "$share") 2>/dev/null
        ;;
    esac
    if [ ! -d "$share" ]; then
        share=$state/mount
        mkdir -p "$share"
    fi
}

# mount_share: mounts the share unless it is mounted.
mount_share() {
    # A mounted share shows what it holds, and the kernel refuses to mount it once more on itself.
    [ -L "$share/..data" ] || [ -e "$share/$token_name" ] ||
        mount -t virtiofs -o ro,nosuid,nodev,noexec "$mount_tag" "$share" 2>/dev/null ||
        mountpoint -q "$share"
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
        esac 2>/dev/null && [ -s "$1" ] && return 0
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

# publish: updates the published token. Sets `problem` to what is wrong, and fails if no token can be published.
publish() {
    problem=''
    make_folders
    if ! mount_share; then
        problem="The virtiofs share $mount_tag cannot be mounted at $share: the VM has no such device."
        return 1
    fi
    remove_leftovers
    # Each process has its own name: the boothook may be run again while the service runs.
    new=$published/.token.$$
    if ! copy_token "$new"; then
        problem="The share at $share holds no $token_name that can be read and copied to $published."
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
}

if [ "${1-}" = once ]; then
    # This is for cloud-init's log. The service, which runs next, writes the same to the journal.
    publish || printf '%s\n' "aws-iam-token: $problem" >&2
    exit
fi

last=''
while :; do
    publish
    message=${problem:-"The web identity token is published at $published/token."}
    # Only changes are written to the journal.
    [ "$message" = "$last" ] || say "$message"
    last=$message
    if [ -z "$problem" ]; then
        sleep 30
    else
        sleep 5
    fi
done

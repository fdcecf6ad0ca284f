#!/bin/sh
# Mounts the share of the web identity token and publishes the token to those who may read it: at once
# with the argument `once`, and otherwise every 30 s, as long as the guest runs.
#
# The published copy is what AWS_WEB_IDENTITY_TOKEN_FILE names. The share itself is of no use to programs:
# its token belongs to uid 107 with mode 0640, and since Kubernetes 1.36 the links to it belong to 107 in a
# sticky folder, where fs.protected_symlinks stops even root from following them.
#
# The boot waits for `once`: it starts as few programs as it can.
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

# make_folders: makes those of the share and of the published token, and sets `share` to the former: below
# /run where / cannot be changed.
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

# copy_token FILE: copies the token, whole, for none but its readers to see. Fails if it cannot.
copy_token() {
    # The kubelet may remove the folder between the look at the link and the copy: look again.
    for attempt in 1 2 3; do
        [ "$attempt" = 1 ] || sleep 1
        find_token
        # A copy that broke off in the middle has some bytes too: the exit code tells.
        case $token_readers in
        everyone) (umask 0222 && cat "$token" >"$1") ;;
        *) (umask 0277 && cat "$token" >"$1") ;;
        esac 2>/dev/null && [ -s "$1" ] && return 0
        rm -f "$1"
    done
    return 1
}

# remove_leftovers: removes the copies of publishers that were ended before they had published.
remove_leftovers() {
    for leftover in "$published"/.token.*; do
        [ -e "$leftover" ] || continue
        publisher=${leftover##*.}
        if [ "$publisher" = "$$" ] || ! kill -0 "$publisher" 2>/dev/null; then
            rm -f "$leftover"
        fi
    done
}

# let_group_read FILE: lets the chosen group, and nobody else, read a file in the folder of the published
# token. Fails if there is no such group: it may come with the user data, later in this boot.
let_group_read() {
    if chgrp "${token_readers#group:}" "$published" "$1" 2>/dev/null; then
        # 0750 for the folder, 0440 for the file.
        chmod g=rX,o= "$published" "$1"
    else
        chmod 0700 "$published"
        return 1
    fi
}

# publish: brings the published token up to date. Sets `problem` to what is wrong, and fails if there is no
# token to read.
publish() {
    problem=''
    make_folders
    if ! mount_share; then
        problem="The virtiofs share $mount_tag cannot be mounted at $share: the VM has no such device."
        return 1
    fi
    remove_leftovers
    # A name of its own for each process: the boothook may be run again beside the service.
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
        # Before it takes the old one's place, so that no reader is ever kept out.
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
    # The journal has it from the service, which runs next; cloud-init keeps this in its own log.
    publish || printf '%s\n' "aws-iam-token: $problem" >&2
    exit
fi

last=''
while :; do
    publish
    message=${problem:-"The web identity token is published at $published/token."}
    # The journal is told of changes alone.
    [ "$message" = "$last" ] || say "$message"
    last=$message
    if [ -z "$problem" ]; then
        sleep 30
    else
        sleep 5
    fi
done

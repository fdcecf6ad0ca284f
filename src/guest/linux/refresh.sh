#!/bin/sh
# Mounts the share of the web identity token and publishes the token to those who may read it: at once
# with the argument `once`, and otherwise every 30 s, as long as the guest runs.
#
# The published copy is what AWS_WEB_IDENTITY_TOKEN_FILE names. The share itself is of no use to programs:
# its token belongs to uid 107 with mode 0640, and since Kubernetes 1.36 the links to it belong to 107 in a
# sticky folder, where fs.protected_symlinks stops even root from following them.
set -u
umask 077

root=${EKS_IRSA_ROOT-}
state=$root/run/eks-irsa-sidecar
published=$root/run/aws-iam-token
{
    read -r mount_tag
    read -r mount_path
    read -r token_name
    read -r token_readers
} <"$state/share"

say() {
    logger -t aws-iam-token -- "$1" 2>/dev/null || printf '%s\n' "aws-iam-token: $1" >&2
}

# Where the share is mounted: below /run where / cannot be changed.
mount_point() {
    if mkdir -p "$root$mount_path" 2>/dev/null; then
        printf '%s\n' "$root$mount_path"
    else
        printf '%s\n' "$state/mount"
    fi
}

# mounted PATH: mounts the share there unless something is mounted already.
mounted() {
    mkdir -p "$1"
    mountpoint -q "$1" || mount -t virtiofs -o ro,nosuid,nodev,noexec "$mount_tag" "$1" 2>/dev/null
}

# token_file SHARE: the token's real file. The kubelet keeps it in a dated folder that ..data links to.
token_file() {
    if data=$(readlink "$1/..data"); then
        printf '%s\n' "$1/$data/$token_name"
    else
        printf '%s\n' "$1/$token_name"
    fi
}

# permit FILE: lets the chosen readers, and nobody else, open it.
permit() {
    case $token_readers in
    everyone)
        chmod 0755 "$published" && chmod 0444 "$1"
        ;;
    group:*)
        # The group may come with the user data, later in this boot.
        chgrp "${token_readers#group:}" "$published" "$1" 2>/dev/null &&
            chmod 0750 "$published" && chmod 0440 "$1"
        ;;
    *)
        chmod 0700 "$published" && chmod 0400 "$1"
        ;;
    esac
}

# Brings the published token up to date. Prints what is wrong if it cannot.
publish() {
    share=$(mount_point)
    if ! mounted "$share"; then
        echo "The virtiofs share $mount_tag cannot be mounted at $share: the VM has no such device."
        return 1
    fi
    mkdir -p "$published"
    new=$published/.token.new
    # The kubelet may remove the folder between the look at the link and the copy: look again.
    for attempt in 1 2 3; do
        [ "$attempt" = 1 ] || sleep 1
        file=$(token_file "$share")
        if cat "$file" >"$new" 2>/dev/null && [ -s "$new" ]; then
            break
        fi
        rm -f "$new"
    done
    if [ ! -e "$new" ]; then
        echo "The share at $share holds no readable $token_name."
        return 1
    fi
    if cmp -s "$new" "$published/token"; then
        rm -f "$new"
        new=$published/token
    fi
    if ! permit "$new"; then
        echo "The group ${token_readers#group:} does not exist yet: only root can read the token."
        chmod 0700 "$published"
    fi
    [ "$new" = "$published/token" ] || mv -f "$new" "$published/token"
}

# Publishes, and says so when the state has changed since the last time.
last=''
publish_and_say() {
    problem=$(publish)
    status=$?
    state_now=${problem:-"The web identity token is published at $published/token."}
    if [ "$state_now" != "$last" ]; then
        say "$state_now"
        last=$state_now
    fi
    return "$status"
}

if [ "${1-}" = once ]; then
    publish_and_say
    exit
fi

while :; do
    if publish_and_say && [ -z "$problem" ]; then
        sleep 30
    else
        sleep 5
    fi
done

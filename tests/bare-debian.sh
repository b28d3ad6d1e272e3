#!/usr/bin/env bash
# Tries the two commands of the README where nothing is installed: a bare Debian 12 made with
# debootstrap. By hand only, as root, with network; ctest does not run it.
#
#   tests/bare-debian.sh [--dir DIR] [--sudo] [COMMAND...]
#
# COMMAND runs in a clone of HEAD inside the bare Debian; without one, ./scenarios/quickstart and then
# ./tests/run. --sudo runs it as a user with sudo instead of root. --dir keeps the base system and the
# downloaded packages in DIR for the next time (the root of the last run is DIR/root); without it
# everything is removed at the end. All mounts are in a namespace of their own and end with the script.
set -euo pipefail

dir=""
user=root
while (($# > 0)); do
    case $1 in
    --dir) dir=${2:?--dir needs a folder} && shift 2 ;;
    --sudo) user=tester && shift ;;
    -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) break ;;
    esac
done
if ((EUID != 0)); then
    echo "debootstrap and chroot need root" >&2
    exit 2
fi
if [[ -z ${BARE_DEBIAN_UNSHARED:-} ]]; then
    made=""
    if [[ -z $dir ]]; then
        dir=$(mktemp -d)
        made=$dir
    fi
    mkdir -p "$dir"
    options=(--dir "$(realpath "$dir")")
    if [[ $user != root ]]; then
        options+=(--sudo)
    fi
    status=0
    # A process namespace as well: whatever was started inside ends with the script.
    BARE_DEBIAN_UNSHARED=1 unshare --mount --propagation private --pid --fork --kill-child \
        "$0" "${options[@]}" "$@" || status=$?
    if [[ -n $made ]]; then
        rm -rf --one-file-system "$made"
    fi
    exit "$status"
fi

repository=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
root=$dir/root
base=$dir/minbase.tar
debs=$dir/debs
mkdir -p "$debs/partial"

# What apt of the host knows of mirrors and proxies; not the hooks that empty its cache.
copy_apt_settings() {
    mkdir -p "$1/etc/apt/apt.conf.d" "$1/usr/share/keyrings"
    rm -f "$1/etc/apt/sources.list"
    cp -rL /etc/apt/sources.list* "$1/etc/apt/"
    cp -L /usr/share/keyrings/debian-archive-*.gpg "$1/usr/share/keyrings/"
    local file
    for file in /etc/apt/apt.conf.d/*; do
        if ! grep -qE 'docker|packagekit|appstream|command-not-found' <<<"$file"; then
            cp -L "$file" "$1/etc/apt/apt.conf.d/"
        fi
    done
}

if [[ ! -s $base ]]; then
    new=$dir/new
    rm -rf --one-file-system "$new"
    debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        bookworm "$new" "${MIRROR:-http://deb.debian.org/debian}" >"$dir/debootstrap.log" 2>&1 ||
        {
            tail -n 20 "$dir/debootstrap.log" >&2
            exit 1
        }
    tar -C "$new" -cf "$base.part" .
    mv "$base.part" "$base"
    rm -rf --one-file-system "$new"
fi

rm -rf --one-file-system "$root"
mkdir -p "$root"
tar -C "$root" -xpf "$base"
copy_apt_settings "$root"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# No service of a package starts in there.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

mount -t proc proc "$root/proc"
mount --rbind --make-rslave /sys "$root/sys"
mount --rbind --make-rslave /dev "$root/dev"
mkdir -p "$root/var/cache/apt/archives"
mount --bind "$debs" "$root/var/cache/apt/archives"
printf 'APT::Keep-Downloaded-Packages "true";\nBinary::apt::APT::Keep-Downloaded-Packages "true";\n' \
    >"$root/etc/apt/apt.conf.d/00keep-downloads"

inside() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$1" \
        TERM="${TERM:-dumb}" ${http_proxy:+http_proxy="$http_proxy"} \
        ${https_proxy:+https_proxy="$https_proxy"} chroot "$root" "${@:2}"
}

home=/srv
if [[ $user != root ]]; then
    home=/home/$user
    inside / sh -c "apt-get -qq update && apt-get -qq install -y --no-install-recommends sudo &&
        useradd -m $user && echo '$user ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/$user" >/dev/null
fi
git clone -q --no-hardlinks "$repository" "$root$home/sipsim"
if [[ $user != root ]]; then
    inside / chown -R "$user:" "$home/sipsim"
fi

if (($# == 0)); then
    set -- bash -c 'time ./scenarios/quickstart && time ./tests/run'
fi
if [[ $user == root ]]; then
    inside "$home" sh -c "cd $home/sipsim && exec \"\$@\"" sh "$@"
else
    inside "$home" runuser -u "$user" -- sh -c "cd $home/sipsim && exec \"\$@\"" sh "$@"
fi

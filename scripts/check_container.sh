#!/usr/bin/env bash
# Performs the Dockerfile's steps without Docker: in an empty Debian made with debootstrap instead of python:X-slim, then
# starts the studio there as the Dockerfile's user and gets its health page and its page. Takes some minutes, 20 GB of
# disk (in TMPDIR, else /var/tmp) and about 4 GB that pip fetches; all is removed at the end.
#
#   sudo scripts/check_container.sh          (--keep leaves the folder there)
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "== $*" >&2; }
refuse() { echo "check_container.sh: $*" >&2; exit 2; }

inside() { # $1: the folder to work in
    local work=$1 version suite mirror cache found
    read -r version suite < <(python3 -m scripts.perform_dockerfile --context . --print-base)
    # Debian from where this machine has it.
    # shellcheck disable=SC2016 # the $(...) are apt's
    apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' \
        | grep -E "^deb [^ ]+ $suite(-updates|-security)? " | sort -u > "$work/sources.list" || true
    mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' "$work/sources.list")
    [[ -n $mirror ]] || refuse "this machine's apt sources name no Debian $suite"

    say "Debian $suite with Python $version, in place of python:$version-slim-$suite"
    unshare --mount debootstrap --variant=minbase \
        --include=ca-certificates,netbase,tzdata,python3,python3-venv,python-is-python3 \
        "$suite" "$work/base" "$mirror" > "$work/debootstrap.log" || { tail -n 20 "$work/debootstrap.log"; exit 1; }
    cp "$work/sources.list" "$work/base/etc/apt/sources.list"
    rm -f "$work/base/etc/resolv.conf" "$work/base/etc/hostname" "$work"/base/var/cache/apt/archives/*.deb
    found=$(chroot "$work/base" python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    [[ $found == "$version" ]] || refuse "Debian $suite has Python $found, the Dockerfile wants $version"

    cache=$(python3 -m pip cache dir 2> /dev/null || true) # saves fetching what this machine has fetched before
    if [[ ! -d $cache ]]; then
        cache=$work/pip-cache
        mkdir "$cache"
    fi
    python3 -m scripts.perform_dockerfile --context . --base "$work/base" --work "$work" --cache "$cache"
    unshare --net python3 -m scripts.run_image "$work/image.json"
    say "sizes of the base and the finished root (an image's layers, unpacked):"
    du --summarize --human-readable --one-file-system "$work/base" "$(python3 -c \
        'import json, sys; print(json.load(open(sys.argv[1]))["root"])' "$work/image.json")" >&2
}

if [[ ${1:-} == --inside ]]; then
    inside "$2"
    exit
fi

keep=false
case ${1:-} in
    "") ;;
    --keep) keep=true ;;
    *) refuse "knows only the option --keep" ;;
esac
[[ $(id -u) == 0 ]] || refuse "must run as root (chroot and namespaces); try: sudo $0"
for tool in debootstrap unshare chroot ip python3 apt-get; do
    command -v "$tool" > /dev/null || refuse "$tool is missing; on Debian: apt-get install debootstrap util-linux iproute2 python3"
done
[[ $(df --output=avail --block-size=1G "${TMPDIR:-/var/tmp}" | tail -n 1) -ge 20 ]] \
    || refuse "needs 20 GB in ${TMPDIR:-/var/tmp}; name another folder with TMPDIR"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/check-container.XXXXXX")
chmod 755 "$work" # the image's user has to reach its files
inner=
clean() {
    local status=$?
    trap - EXIT INT TERM
    if [[ -n $inner ]]; then
        kill -KILL "$inner" 2> /dev/null || true # everything started inside ends with it
        wait "$inner" 2> /dev/null || true
    fi
    # All mounts were made in namespaces that are gone; should one be visible here all the same, nothing is removed.
    if grep -qF " $work/" /proc/self/mountinfo; then
        say "something is still mounted under $work; unmount it, then remove the folder"
    elif $keep; then
        say "kept: $work"
    else
        rm -rf --one-file-system "$work"
    fi
    exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$work" &
inner=$!
wait "$inner"
inner=
say "all as expected"

#!/bin/sh
# Holds a container of teach-runc's against those that crun and runc make of the same bundle, the one that
# `teach-runc spec` writes: identity, capabilities, cgroup, devices, mounts and exit status must be equal.
#
# usage: oci-bundle.sh TEACH_RUNC        (as root; needs crun, runc, unshare and Debian's static busybox)
set -eu

ours=${1:?usage: oci-bundle.sh TEACH_RUNC}
for tool in crun runc unshare busybox; do
    command -v "$tool" >/dev/null || { echo "oci-bundle: $tool is missing: apt-get install $tool" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/rootfs/bin" "$work/rootfs/proc" "$work/rootfs/dev" "$work/rootfs/sys"
cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
for name in sh id hostname grep cut sort ls stat touch true; do ln -s busybox "$work/rootfs/bin/$name"; done
# crun alone makes /dev/core. What hides a path may be mounted with other flags; that it is hidden is what counts.
cat >"$work/rootfs/look" <<'EOS'
id; hostname; pwd; umask; echo "$PATH"; grep ^0 /proc/self/cgroup
grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups|Uid|Gid)' /proc/1/status
ls /dev | grep -v core
stat -c '%a %t:%T %n' /dev/null /dev/tty /dev/shm
cut -d' ' -f2-4 /proc/mounts | grep -vE '^/(proc|sys)/|^/ ' | sort
cut -d' ' -f2 /proc/mounts | sort
ls -A /proc/acpi /sys/firmware; cat /proc/keys /proc/timer_list 2>&1
touch /x; (echo 1 >/proc/sys/vm/drop_caches); echo 1 >/sys/kernel/profiling
exit 7
EOS
ln -s busybox "$work/rootfs/bin/cat"

"$ours" spec --bundle "$work"
sed -i 's#"args": \["sh"\]#"args": ["/bin/sh", "/look"]#' "$work/config.json"

# crun refuses a host that mixes both versions of cgroups, so all run where there is version 2 alone.
look() {
    unshare -m sh -c 'mount --make-rprivate / && umount -l /sys/fs/cgroup 2>/dev/null
        mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$1" run --bundle "$work" "parity-$$" 2>&1 || echo "status $?"
}
look "$ours" >"$work/ours"
grep -q '^status 7$' "$work/ours" || { echo "teach-runc does not run its own bundle:" >&2; cat "$work/ours" >&2; exit 1; }
for peer in crun runc; do
    look "$peer" >"$work/theirs"
    if ! diff "$work/theirs" "$work/ours" >"$work/diff"; then
        echo "$peer (<) and teach-runc (>) make different containers of one bundle:" >&2
        cat "$work/diff" >&2
        exit 1
    fi
    echo "$peer and teach-runc agree on $(wc -l <"$work/ours") lines about one bundle's container"
done

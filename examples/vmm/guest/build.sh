#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes what the VMM boots, in a directory of yours:
#   examples/vmm/guest/build.sh [--shell] DIR
# DIR/kernel      Debian's kernel for virtual machines, fetched with apt
# DIR/initrd      init.c and the kernel's modules for the VMM's devices
# DIR/shell       the same and a shell (with --shell)
# DIR/disk.img    a file system with a file and its checksum; check-disk.sh looks at what the guest did
# What is there stays; the disk is made anew each time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=ci/debian-kernel.sh
. "$here/../../../ci/debian-kernel.sh"

with_shell=
if [ "${1:-}" = --shell ]; then
    with_shell=yes
    shift
fi
[ $# -eq 1 ] || { sed -n '3,9s/^# //p' "$0"; exit 2; }
mkdir -p "$1"
place=$(realpath "$1")

fetch_tools gcc:gcc cpio:cpio xz:xz-utils zstd:zstd mke2fs:e2fsprogs
fetch_kernel "$place/package"
ln -sf "${kernel#"$place/"}" "$place/kernel"

# --- The initial ramdisk -----------------------------------------------------------------------

pack() { (cd "$1" && find . -print0 | cpio --quiet -0 -o -H newc | gzip -6) >"$2"; }

root=$place/root
rm -rf "$root"
mkdir -p "$root"/{proc,sys,dev,modules}
gcc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -static -s -o "$root/init" \
    "$here/init.c" "$here/checks.c" -pthread
for module in virtio-pci virtio-blk virtio-console virtio-rng; do
    add_module "$module" "$root/modules"
done
printf '%s\n' "${modules[@]}" >"$root/modules/order"
date +%s >"$root/built"
pack "$root" "$place/initrd"

if [ -n "$with_shell" ]; then
    [ -e "$place/busybox" ] || unpack_package busybox-static "$place/busybox"
    mkdir -p "$root/bin"
    busybox=$(find "$place/busybox" -path '*bin/busybox')
    cp "$busybox" "$root/bin/busybox"
    "$busybox" --list | while read -r name; do
        [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
    done
    pack "$root" "$place/shell"
fi

# --- The disk ----------------------------------------------------------------------------------

rm -rf "$place/files" "$place/disk.img"
mkdir "$place/files"
head -c 1048576 /dev/urandom >"$place/files/from-host"
cksum <"$place/files/from-host" >"$place/files/from-host.cksum"
truncate -s 16M "$place/disk.img"
mke2fs -q -t ext4 -d "$place/files" "$place/disk.img"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sees that the guest's file is on the disk as the guest meant it, and that the file system is sound:
#   examples/vmm/guest/check-disk.sh disk.img
set -euo pipefail
image=$1
content() { debugfs -R "cat /$1" "$image" 2>/dev/null; }

e2fsck -fn "$image" >/dev/null 2>&1 || { echo "FAIL disk: e2fsck finds faults in $image"; exit 1; }
expected=$(content from-guest.cksum)
read -r found size < <(content from-guest | cksum)
if [ -z "$expected" ] || [ "$size" -ne 1048576 ] || [ "$found" != "$expected" ]; then
    echo "FAIL disk: $image has $size bytes from the guest, checksum $found, not ${expected:-known}"
    exit 1
fi
echo "PASS disk: $image has the guest's file, checksum $found"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fails if the shared library exports anything but zx_*, _zx_*, libzx_*, get_root_resource and
# thrd_get_zx_handle, or a
# name that no header declares. tests/calls.rs compares the names with the table of calls.
#   ci/symbols.sh [libzx.so]
set -euo pipefail
cd "$(dirname "$0")/.."
library=${1:-${CARGO_TARGET_DIR:-target}/release/libzx.so}

names=$(nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }')
bad=0
count=0
for name in $names; do
    count=$((count + 1))
    case $name in
        zx_* | _zx_* | libzx_* | get_root_resource | thrd_get_zx_handle) ;;
        *)
            echo "FAIL symbols: $library exports $name"
            bad=1
            continue
            ;;
    esac
    if ! grep -rqwF -- "$name" include; then
        echo "FAIL symbols: no header declares $name"
        bad=1
    fi
done
if [ "$count" -eq 0 ]; then
    echo "FAIL symbols: $library exports nothing"
    bad=1
fi

[ "$bad" -eq 0 ] && echo "symbols: $count exported names, all declared"
exit "$bad"

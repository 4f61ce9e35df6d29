#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fails if the shared library exports anything but zx_*, _zx_*, libzx_* and get_root_resource, or a
# name that no header declares, or if the table of calls in docs/support.md tells of others.
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
        zx_* | _zx_* | libzx_* | get_root_resource) ;;
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

# In the table `zx_event_create`, `_x` stands for zx_event_create and zx_event_x.
documented=$(awk '
    /^## / { calls = $0 == "## Calls" }
    !calls || !/^\|/ { next }
    { n = split($0, token, "`")
      for (i = 2; i <= n; i += 2)
          if (token[i] ~ /^_/) print family token[i]
          else if (token[i] ~ /^(zx|libzx|get)_/) {
              print token[i]
              match(token[i], /^zx_[a-z]+/)
              family = substr(token[i], 1, RLENGTH)
          } }' docs/support.md | sort -u)
if ! differing=$(diff <(echo "$documented") <(grep -v ^_ <<<"$names" | sort -u)); then
    echo "FAIL symbols: docs/support.md (<) and $library (>) differ:"
    grep '^[<>]' <<<"$differing"
    bad=1
fi
[ "$bad" -eq 0 ] && echo "symbols: $count exported names, all declared and in docs/support.md"
exit "$bad"

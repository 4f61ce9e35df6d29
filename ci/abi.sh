#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares include/ and the library with the machine-readable ABI, where ../shared is present: that of
# 2021 completely, that of 2024 with LIBZX_LATER_ABI, and that of 2018 with LIBZX_OLDER_ABI but for
# what ci/abi-older.txt lists with reasons.
#   ci/abi.sh [libzx.so]
set -euo pipefail
cd "$(dirname "$0")/.."
library=${1:-${CARGO_TARGET_DIR:-target}/release/libzx.so}
checker=../shared/abi/check_abi.py
[ -e "$checker" ] || checker=/work/shared/abi/check_abi.py
if [ ! -e "$checker" ]; then
    echo "abi: no check_abi.py here, nothing compared"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
# compare GENERATION EXCEPTIONS [OPTION-OF-THE-COMPILERS]
compare() {
    local code=0
    python3 "$checker" --include include --generation "$1" --cc "gcc ${3-}" --cxx "g++ ${3-}" \
        --standalone --aliases --lib "$library" -o "$work/abi.c" 2>"$work/log" || code=$?
    if [ "$code" -gt 1 ] || ! grep -q ' checks, ' "$work/log"; then
        cat "$work/log"
        echo "FAIL abi: check_abi.py did not finish for $1"
        exit 1
    fi
    # An exception that nothing needs any more is a fault as well.
    awk -F'\t' -v generation="$1" '
        FILENAME == ARGV[1] { if ($0 !~ /^#/) reason[$1] = $2; next }
        !/^FAIL / { last = $0; next }
        {
            item = substr($0, 6)
            for (prefix in reason)
                if (index(item, prefix) == 1) { used[prefix]++; allowed++; next }
            print
            failed = 1
        }
        END {
            for (prefix in reason)
                if (!(prefix in used)) { print "FAIL abi: needless exception " prefix; failed = 1 }
            sub(/, [0-9]+ failures$/, "", last)
            printf "abi: %s; %d excepted\n", last, allowed
            exit failed
        }' "$2" "$work/log" || bad=1
}
compare baseline /dev/null
compare later /dev/null -DLIBZX_LATER_ABI
compare older ci/abi-older.txt -DLIBZX_OLDER_ABI
exit $bad

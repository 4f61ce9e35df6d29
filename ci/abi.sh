#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares include/ and the library with the machine-readable ABI, where ../shared is present.
# Calls, functions and headers that are not declared yet are counted, everything else that differs
# fails; so does a declared function that the library does not export.
#   ci/abi.sh [libzx.so]
set -euo pipefail
cd "$(dirname "$0")/.."
library=${1:-${CARGO_TARGET_DIR:-target}/release/libzx.so}
checker=../shared/abi/check_abi.py
if [ ! -e "$checker" ]; then
    echo "abi: no $checker here, nothing compared"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
code=0
python3 "$checker" --include include --cc gcc --cxx g++ --standalone --aliases --lib "$library" \
    -o "$work/abi.c" 2>"$work/log" || code=$?
if [ "$code" -gt 1 ] || ! grep -q ' checks, ' "$work/log"; then
    cat "$work/log"
    echo "FAIL abi: check_abi.py did not finish"
    exit 1
fi
awk '
    !/^FAIL / { last = $0; next }
    { name = $3; sub(/:$/, "", name); plain = name; sub(/^_/, "", plain) }
    /^FAIL (syscall|function) [^:]*: not declared$/ { undeclared[name] = 1; next }
    /^FAIL header [^ ]+: missing / { missing++; next }
    /: not exported by / { unexported[$0] = plain; next }
    { print; bad = 1 }
    END {
        for (line in unexported)
            if (!(unexported[line] in undeclared) && !missing) { print line; bad = 1 }
        for (name in undeclared) if (name !~ /^_/) calls++
        sub(/, [0-9]+ failures$/, "", last) # those that count are printed above
        printf "abi: %s; not declared yet: %d calls and functions, %d headers\n", last, calls, missing
        exit bad
    }' "$work/log"

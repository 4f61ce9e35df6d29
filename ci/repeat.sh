#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the C tests of kernel objects many times in a row while every processor is kept busy by a loop
# of its own. Prints each run that failed and a line at the end.
#   ci/repeat.sh [times [program...]]     50 times by default, and all programs without guests
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/object-tests.sh

RUN_SECONDS=120
times=${1:-50}
shift || true
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/repeat")
mkdir -p "$place"
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(object_tests)
build_tests "$place" "${names[@]}"

loops=()
trap 'kill "${loops[@]}" 2>/dev/null || true' EXIT
for _ in $(seq "$(nproc)"); do
    sh -c 'while :; do :; done' &
    loops+=($!)
done

passed=0
failed=0
for round in $(seq "$times"); do
    for name in "${names[@]}"; do
        log="$place/$name.log"
        code=0
        LIBZX_STRESS_SECONDS=${LIBZX_STRESS_SECONDS:-1} LD_LIBRARY_PATH="$place/lib" \
            timeout "$RUN_SECONDS" "$place/$name" >"$log" 2>&1 || code=$?
        case $code in
            0 | 77) passed=$((passed + 1)) ;;
            *)
                failed=$((failed + 1))
                echo "FAIL $name, round $round: exit status $code"
                grep -v '^ok' "$log" | head -n 40 | sed 's/^/       /' || true
                ;;
        esac
    done
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]

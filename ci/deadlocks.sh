#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs C tests with the library built to find threads that wait for each other's locks: parking_lot keeps
# who has and who wants which lock, and a thread of the library ends the process when it finds a circle.
#   ci/deadlocks.sh [program...]      the stress tests and those of objects, VCPUs and memory by default
set -euo pipefail
cd "$(dirname "$0")/.."

PROGRAM_SECONDS=120
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/deadlocks")
export CARGO_TARGET_DIR=$place
mkdir -p "$place/lib" "$place/bin"
# That a deadlock is found at all.
cargo test --quiet --lib --features deadlock_detection -- deadlocks::
cargo build --quiet --lib --features deadlock_detection
for link in libzx.so libzx.so.0; do ln -sf "$place/debug/libzx.so" "$place/lib/$link"; done

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    names=(stress model model_chaos handle_race port_threads port_sources port_cancel wait_async channel_traffic
        channel_call socket fifo timer vmo vmar vmar_unmap guest_changes guest_bells vcpu_kick vcpu_smp vcpu_stress)
fi
passed=0
failed=0
skipped=0
for name in "${names[@]}"; do
    sources=("ctests/$name.c")
    [ ! -e "ctests/$name.S" ] || sources+=("ctests/$name.S")
    gcc -std=c11 -O1 -g -I include -o "$place/bin/$name" "${sources[@]}" -L "$place/lib" -lzx -lpthread
    code=0
    LIBZX_STRESS_SECONDS=${LIBZX_STRESS_SECONDS:-2} LD_LIBRARY_PATH="$place/lib" \
        timeout -s KILL "$PROGRAM_SECONDS" "$place/bin/$name" >"$place/$name.log" 2>&1 || code=$?
    grep -q 'libzx watches for deadlocks' "$place/$name.log" || code=1
    case $code in
        0) passed=$((passed + 1)); echo "PASS deadlocks/$name" ;;
        77) skipped=$((skipped + 1)); echo "SKIP deadlocks/$name" ;;
        *)
            failed=$((failed + 1))
            echo "FAIL deadlocks/$name: exit status $code"
            grep -v '^ok' "$place/$name.log" | head -n 60 | sed 's/^/       /' || true
            ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the C tests where things are scarce or in the way:
#   signals      no queued signal allowed (ulimit -i 0)
#   files        32 descriptors (ulimit -n 32)
#   stacks       threads have 64 KiB of stack
#   storm        a handled signal to each thread every 100 us, without SA_RESTART
#   storm-sa     the same with SA_RESTART
# What is scarce may make a test fail, as long as the program gets statuses: it must not die of a signal
# or hang. Below a storm and with small stacks every test has to pass.
#   ci/matrix/run.sh            everything, some minutes
#   ci/matrix/run.sh --quick    each program under two of the five, as CI does
#   ci/matrix/run.sh PROGRAM... these programs, under all
# Prints a line per program and condition that went wrong, and a count.
set -euo pipefail
cd "$(dirname "$0")/../.."
RUN_SECONDS=100
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/matrix")
quick=
if [ "${1:-}" = --quick ]; then
    quick=1
    shift
fi
mkdir -p "$place/lib" "$place/log"
cargo build --release --quiet
library=$(realpath "${CARGO_TARGET_DIR:-target}/release/libzx.so")
ln -sf "$library" "$place/lib/libzx.so"
ln -sf "$library" "$place/lib/libzx.so.0"
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -shared -fPIC -o "$place/preload.so" ci/matrix/preload.c \
    -lpthread

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for source in ctests/*.c; do names+=("$(basename "$source" .c)"); done
fi
for name in "${names[@]}"; do echo "$name"; done | place=$place xargs -P "$(nproc)" -I{} bash -c '
    more=()
    [ -e "ctests/{}.S" ] && more=("ctests/{}.S")
    gcc -std=c11 -O1 -g -I include -o "$place/{}" "ctests/{}.c" "${more[@]}" -L "$place/lib" -lzx -lpthread'

# One program under one condition; prints what went wrong, if anything did.
run_one() {
    local name=$1 condition=$2 code=0 log="$place/log/$1.$2"
    (
        case $condition in
            signals) ulimit -i 0 ;;
            files) ulimit -n 32 ;;
            stacks) export MATRIX_STACK=65536 LD_PRELOAD="$place/preload.so" ;;
            storm) export MATRIX_STORM=0 LD_PRELOAD="$place/preload.so" ;;
            storm-sa) export MATRIX_STORM=0x10000000 LD_PRELOAD="$place/preload.so" ;;
        esac
        ulimit -c 0
        export ZTEST_PROGRESS=1 LIBZX_STRESS_SECONDS=${LIBZX_STRESS_SECONDS:-1} LD_LIBRARY_PATH="$place/lib"
        exec timeout -s KILL "$RUN_SECONDS" "$place/$name"
    ) >"$log" 2>&1 </dev/null || code=$?
    case $condition/$code in
        */0 | */77) return 0 ;;
        signals/1 | files/1) return 0 ;;
        */137) echo "FAIL $name/$condition: no end within $RUN_SECONDS s" ;;
        *) echo "FAIL $name/$condition: exit status $code" ;;
    esac
    grep -v "^ok\|^running" "$log" | head -n 8 | sed "s/^/       /" || true
    echo "       $(grep "^running" "$log" | tail -n 1 || true)"
    return 1
}
export -f run_one
export place RUN_SECONDS

# Tests that cannot pass below a condition, and why.
excepted() {
    case $1/$2 in
        # They count the threads of the process, of which the storm is one.
        library_threads/storm* | timer/storm*) ;;
        # Its children have as much memory as the storm's thread, which they lack, had set aside.
        memory_runs_out/storm*) ;;
        # It asserts that nothing interrupts the program's own system calls.
        vcpu_kick_host/storm) ;;
        # It writes to memory that it could not map for lack of descriptors.
        vmo_child/files) ;;
        *) return 1 ;;
    esac
}

conditions=(signals files stacks storm storm-sa)
list=()
index=0
for name in "${names[@]}"; do
    for number in "${!conditions[@]}"; do
        if [ -n "$quick" ] && [ $(((index + number) % 5)) -gt 1 ]; then continue; fi
        excepted "$name" "${conditions[$number]}" || list+=("$name ${conditions[$number]}")
    done
    index=$((index + 1))
done
failed=0
printf '%s\n' "${list[@]}" | xargs -P "$(nproc)" -L 1 bash -c 'run_one "$0" "$1" || exit 1' >"$place/results" || true
cat "$place/results"
failed=$(grep -c '^FAIL' "$place/results" || true)
echo "$((${#list[@]} - failed)) passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]

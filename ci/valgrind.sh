#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the C tests of kernel objects below valgrind's memcheck: no error, and no memory lost when they
# end. Programs that make guests are left out, as valgrind has no KVM, and so are the tests whose
# subject is memory itself, and the machine's own faults and clocks. Prints a line per program; what valgrind said is in
# target/valgrind.
#   ci/valgrind.sh [program...]     the names of C tests; all that can be run so by default
# Fetches valgrind with apt when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

PROGRAM_SECONDS=300
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/valgrind")
mkdir -p "$place"

if ! command -v valgrind >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null
    apt-get install -y -qq --no-install-recommends valgrind libc6-dbg </dev/null
fi

. ci/object-tests.sh
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for name in $(object_tests); do
        case $name in
            faults | user_memory) ;; # their own handlers of signals
            vmo | vmar*) ;;          # bad pointers that Linux refuses, mappings where valgrind is
            time) ;;                 # how late a wait may end
            *) names+=("$name") ;;
        esac
    done
fi
build_tests "$place" "${names[@]}"

bad=0
for name in "${names[@]}"; do
    code=0
    ZTEST_SLOW=1 LIBZX_STRESS_SECONDS=${LIBZX_STRESS_SECONDS:-5} LD_LIBRARY_PATH="$place/lib" \
        timeout "$PROGRAM_SECONDS" valgrind --quiet --error-exitcode=99 --fair-sched=yes \
        --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
        --show-leak-kinds=definite,indirect,possible --num-callers=30 \
        --suppressions=ci/valgrind.supp "$place/$name" >"$place/$name.log" 2>&1 || code=$?
    case $code in
        0 | 77) echo "PASS valgrind/$name: $(grep -c '^ok' "$place/$name.log" || true) tests" ;;
        *)
            bad=$((bad + 1))
            echo "FAIL valgrind/$name: exit status $code"
            grep -v '^ok' "$place/$name.log" | head -n 60 | sed 's/^/       /' || true
            ;;
    esac
done
echo "$((${#names[@]} - bad)) passed, $bad failed, 0 skipped"
[ "$bad" -eq 0 ]

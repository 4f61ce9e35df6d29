#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the guest tests on a KVM as every Linux has it: kvm_amd with nested paging and 1-GiB pages, in
# Debian's kernel, in a machine that QEMU emulates (no KVM of this computer takes part). Prints what
# ctests/runner.rs prints; the machine's own failures are called "machine".
#   ci/stock-kvm.sh [program...]     the names of C tests, or "instructions" for a part of
#                                    tests/instructions; by default that and all that make guests.
#                                    examples/hello-guest runs always, alone if it is the only name
#   ci/stock-kvm.sh --bench          benches/resume.c and benches/interrupt.c there instead
# Fetches QEMU and the kernel with apt when they are missing. Keeps its things in target/stock-kvm;
# serial.log there is everything that the machine said.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/debian-kernel.sh
. ci/debian-kernel.sh
# shellcheck source=ci/machine.sh
. ci/machine.sh

BOOT_SECONDS=600 # the machine's whole life
GCC="gcc -std=c11 -O2 -g -Wall -Wextra -Wpedantic -Werror"
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/stock-kvm")
mkdir -p "$place"

# --- The machine's files -----------------------------------------------------------------------

fetch_tools qemu-system-x86_64:qemu-system-x86 gcc:gcc cpio:cpio xz:xz-utils
fetch_kernel "$place/kernel"

benches=()
programs=("$@")
if [ "${1:-}" = --bench ]; then
    benches=(resume interrupt)
    programs=(guest)
elif [ ${#programs[@]} -eq 0 ]; then
    # shellcheck disable=SC2046
    programs=($({ ls ctests/guest*.c ctests/vcpu*.c 2>/dev/null || true
                  grep -l '"guest_fixture.h"' ctests/*.c; } | xargs -n 1 basename -s .c | sort -u)
              instructions)
fi
rust=
c_programs=()
for program in "${programs[@]}"; do
    case $program in
    instructions) rust=$program ;;
    hello-guest) ;;
    *) c_programs+=("$program") ;;
    esac
done

root=$place/root
rm -rf "$root"
mkdir -p "$root"/{proc,sys,dev,tmp,modules,ctests}
if ! cargo test --release --test ctests -- --build-only "$place/ctests" "${c_programs[@]:-guest}" \
    </dev/null >"$place/build.log" 2>&1; then
    cat "$place/build.log"
    exit 1
fi
# A program made from sources in another folder, beside the tests' runner.
build() {
    local name=$1 source=$2 more=()
    [ ! -e "${source%.c}.S" ] || more=("${source%.c}.S")
    $GCC -I include -o "$place/ctests/$name" "$source" "${more[@]}" -L "$place/ctests/lib" -lzx -lpthread
}
rm -f "$place"/ctests/bench-*
for bench in "${benches[@]}"; do
    build "bench-$bench" "benches/$bench.c"
done
build hello-guest examples/hello-guest.c
cp -rL "$place/ctests" "$root/"
if [ -n "$rust" ]; then
    cp "$(cargo test --release --test "$rust" --no-run --message-format=json 2>>"$place/build.log" |
        sed -En 's/.*"name":"'"$rust"'".*"executable":"([^"]+)".*/\1/p')" "$root/ctests/$rust"
fi
$GCC -static -o "$root/init" ci/stock-kvm-init.c

# The C library and whatever else the programs load, where they look for it.
find "$root/ctests" -type f -print0 | LD_LIBRARY_PATH=$root/ctests/lib xargs -0 ldd |
    sed -En 's/.*[[:space:]](\/[^ ]+) \(0x.*/\1/p' | grep -v "^$root" | sort -u |
    while read -r library; do
        install -D "$(realpath "$library")" "$root$library"
    done

add_module kvm-amd "$root/modules"
(cd "$root" && find . -print0 | cpio --quiet -0 -o -H newc | gzip -1) >"$place/initramfs.gz"

# --- The machine -------------------------------------------------------------------------------

join() { local IFS=,; echo "$*"; }
count() { grep -acE "^$1 " "$place/serial.log" || true; }
failed=0
complain() {
    echo "FAIL $1"
    failed=$((failed + 1))
}

# The last lines about programs that have begun and not ended, the test that they were in among them.
unfinished() {
    awk '/^begin / { if (!($2 in text)) order[n++] = $2; text[$2] = "" }
         /^end / { delete text[$2] }
         match($0, /^[a-z0-9_-]+: /) { name = substr($1, 1, length($1) - 1)
                                 if (name in text) text[name] = text[name] "       " $0 "\n" }
         END { for (i = 0; i < n; i++) if (order[i] in text) printf "%s", text[order[i]] }' \
        "$place/progress.log" | tail -n 20
}

if [ ${#benches[@]} -gt 0 ]; then
    names=("${benches[@]/#/bench-}")
else
    names=(hello-guest ${rust:+"$rust"} "${c_programs[@]}")
fi
echo "stock-kvm: ${names[*]}"
run_machine "$place" "$BOOT_SECONDS" "$kernel" "$place/initramfs.gz" \
    "zx.modules=$(join "${modules[@]}") zx.run=$(join "${names[@]}")"
if [ -z "$trouble" ] && ! grep -aq '^stock-kvm: the end' "$place/serial.log"; then
    trouble="died before the end"
fi
if [ -n "$trouble" ]; then
    complain "machine: $trouble"
    unfinished
fi

passed=$(count PASS)
failed=$((failed + $(count FAIL)))
skipped=$(count SKIP)
[ $((passed + failed)) -ne 0 ] || complain "machine: no test ran"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the guest tests on a KVM as every Linux has it: kvm_amd with nested paging and 1-GiB pages, in
# Debian's kernel, in a machine that QEMU emulates (no KVM of this computer takes part). Prints what
# ctests/runner.rs prints; the machine's own failures are called "machine".
#   ci/stock-kvm.sh [program...]     the names of C tests; all that make guests by default
# Fetches QEMU and the kernel with apt when they are missing. Keeps its things in
# target/stock-kvm; serial.log there is everything that the machine said.
set -euo pipefail
cd "$(dirname "$0")/.."

BOOT_SECONDS=600 # the machine's whole life
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/stock-kvm")
mkdir -p "$place"

# --- What Debian has ---------------------------------------------------------------------------

kernel=
find_kernel() {
    local found=("$place"/kernel/boot/vmlinuz-*-cloud-amd64)
    kernel=${found[-1]}
    [ -e "$kernel" ]
}
missing=()
command -v qemu-system-x86_64 >/dev/null || missing+=(qemu-system-x86)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v cpio >/dev/null || missing+=(cpio)
command -v xz >/dev/null || missing+=(xz-utils)
if [ ${#missing[@]} -gt 0 ] || ! find_kernel; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null
    if [ ${#missing[@]} -gt 0 ]; then
        apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >"$place/apt.log" 2>&1 ||
            { cat "$place/apt.log"; exit 1; }
    fi
fi
if ! find_kernel; then
    package=$(apt-cache depends linux-image-cloud-amd64 |
        sed -En 's/^ *Depends: (linux-image-[0-9].*)$/\1/p' | head -n 1)
    rm -rf "$place/kernel" "$place/unpack"
    mkdir -p "$place/unpack/deb"
    (cd "$place/unpack/deb" && apt-get download -qq -o APT::Sandbox::User=root "$package" </dev/null)
    dpkg-deb -x "$place"/unpack/deb/*.deb "$place/unpack"
    rm -r "$place/unpack/deb"
    mv "$place/unpack" "$place/kernel"
    find_kernel
fi

# --- The machine's files -----------------------------------------------------------------------

programs=("$@")
if [ ${#programs[@]} -eq 0 ]; then
    # shellcheck disable=SC2046
    programs=($({ ls ctests/guest*.c ctests/vcpu*.c 2>/dev/null || true
                  grep -l '"guest_fixture.h"' ctests/*.c; } | xargs -n 1 basename -s .c | sort -u))
fi
echo "stock-kvm: ${programs[*]}"

root=$place/root
rm -rf "$root"
mkdir -p "$root"/{proc,sys,dev,tmp,modules,ctests}
if ! cargo test --release --test ctests -- --build-only "$place/ctests" "${programs[@]}" \
    </dev/null >"$place/build.log" 2>&1; then
    cat "$place/build.log"
    exit 1
fi
gcc -std=c11 -O2 -g -Wall -Wextra -Wpedantic -Werror -I include -o "$place/ctests/hello-guest" \
    examples/hello-guest.c examples/hello-guest.S -L "$place/ctests/lib" -lzx -lpthread
cp -rL "$place/ctests" "$root/"
gcc -std=c11 -O2 -Wall -Wextra -Werror -static -o "$root/init" ci/stock-kvm-init.c

# The C library and whatever else the programs load, where they look for it.
LD_LIBRARY_PATH=$root/ctests/lib ldd "$root"/ctests/{runner,hello-guest,lib/libzx.so} "$root"/ctests/bin/* |
    sed -En 's/.*[[:space:]](\/[^ ]+) \(0x.*/\1/p' | grep -v "^$root" | sort -u |
    while read -r library; do
        install -D "$(realpath "$library")" "$root$library"
    done

# Modules, each after the ones that it depends on.
modules=()
add_module() {
    local name=${1//_/-} file needed
    case " ${modules[*]} " in *" $name "*) return ;; esac
    file=$(find "$place/kernel" -name "$name.ko*" -o -name "${name//-/_}.ko*" | head -n 1)
    [ -n "$file" ] || { echo "FAIL machine: the kernel has no module $name"; exit 1; }
    case $file in
        *.xz) xz -dc "$file" ;;
        *.zst) zstd -dqc "$file" ;;
        *) cat "$file" ;;
    esac >"$root/modules/$name.ko"
    for needed in $(tr '\0' '\n' <"$root/modules/$name.ko" | sed -n 's/^depends=//p' | tr , ' '); do
        add_module "$needed"
    done
    modules+=("$name")
}
add_module kvm-amd

(cd "$root" && find . -print0 | cpio --quiet -0 -o -H newc | gzip -1) >"$place/initramfs.gz"

# --- The machine -------------------------------------------------------------------------------

list=$(IFS=,; echo "${modules[*]}")
code=0
timeout --kill-after=10 "$BOOT_SECONDS" qemu-system-x86_64 -M q35 -accel tcg,thread=multi \
    -cpu max,+svm -smp 2 -m 2048 -nodefaults -display none -serial stdio -no-reboot \
    -kernel "$kernel" -initrd "$place/initramfs.gz" \
    -append "console=ttyS0 panic=-1 quiet zx.modules=$list" \
    </dev/null 2>"$place/qemu.err" |
    sed -u 's/\r//g' | tee "$place/serial.log" |
    grep --line-buffered -aEv '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' || code=$?

count() { grep -acE "^$1 " "$place/serial.log" || true; }
passed=$(count PASS)
failed=$(count FAIL)
skipped=$(count SKIP)
complain() {
    echo "FAIL machine: $1"
    failed=$((failed + 1))
}
if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
    complain "still running after $BOOT_SECONDS s"
elif [ "$code" -ne 0 ]; then
    complain "QEMU's exit status is $code: $(tail -n 1 "$place/qemu.err")"
elif ! grep -aq '^stock-kvm: the end' "$place/serial.log"; then
    complain "died before the end"
fi
if [ $((passed + failed)) -eq 0 ]; then
    complain "no test ran"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

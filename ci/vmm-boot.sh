#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Boots Debian's kernel with examples/vmm on a stock KVM (kvm_amd of Debian's kernel, in a machine that QEMU
# emulates) and prints what the guest finds, PASS or FAIL line by line.
#   ci/vmm-boot.sh [CPUS...]           guests with that many CPUs: 1 and 4 by default
#   ci/vmm-boot.sh --compare [TIMES [CPUS]]
#                                      how long a boot takes, to power-off, and how long it takes the same VMM on
#                                      benches/vmm-kvm, in turns; 5 times with 1 CPU by default
# Fetches QEMU and the kernel with apt when they are missing. Keeps its things in target/vmm-boot; serial.log
# there is everything that the machine said.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=ci/debian-kernel.sh
. ci/debian-kernel.sh
# shellcheck source=ci/machine.sh
. ci/machine.sh

BOOT_SECONDS=900 # the machine's whole life
GUEST_SECONDS=300
release=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/vmm-boot")
mkdir -p "$place"

compare=
cpus=(1 4)
if [ "${1:-}" = --compare ]; then
    compare=${2:-5}
    cpus=("${3:-1}")
elif [ $# -gt 0 ]; then
    cpus=("$@")
fi

# --- The guests, and the machine that they run on ----------------------------------------------

fetch_tools qemu-system-x86_64:qemu-system-x86 gcc:gcc cpio:cpio
examples/vmm/guest/build.sh "$place/guest"
make --no-print-directory vmm vmm-kvm >"$place/build.log" 2>&1 || { cat "$place/build.log"; exit 1; }

root=$place/root
rm -rf "$root"
mkdir -p "$root"/{proc,sys,dev,tmp,modules,lib}
gcc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -static -o "$root/init" ci/vmm-boot-init.c
cp "$release"/c/{vmm,vmm-kvm} "$root/"
cp -L "$release/c/libzx.so.0" "$root/lib/"
cp -L "$place/guest/kernel" "$root/kernel"
cp -L "$place/guest/initrd" "$root/initrd"
LD_LIBRARY_PATH=$release/c ldd "$root/vmm" "$release/c/libzx.so" |
    sed -En 's/.*[[:space:]](\/[^ ]+) \(0x.*/\1/p' | grep -v "^$release" | sort -u |
    while read -r library; do
        install -D "$(realpath "$library")" "$root$library"
    done
fetch_kernel "$place/guest/package"
for module in kvm-amd virtio-pci virtio-blk; do
    add_module "$module" "$root/modules"
done
printf '%s\n' "${modules[@]}" >"$root/modules/order"

# What it runs: a name, what to type, a command.
drives=()
quiet="console=ttyS0 quiet panic=-1"
if [ -n "$compare" ]; then
    for ((i = 0; i < compare; i++)); do
        for program in vmm vmm-kvm; do
            echo "$program - /$program --kernel /kernel --initrd /initrd --cpus ${cpus[0]} --no-reboot" \
                "--cmdline '$quiet'"
        done
    done >"$root/runs"
else
    disks=(/dev/vda /dev/vdb /dev/vdc /dev/vdd /dev/vde /dev/vdf)
    for i in "${!cpus[@]}"; do
        drives+=(-drive "file=$place/disk-$i.img,if=virtio,format=raw")
        # What is typed goes to the two kinds of consoles in turn.
        console=serial input=/dev/ttyS0
        [ $((i % 2)) -eq 0 ] || console=virtio input=/dev/hvc0
        echo "${cpus[$i]}-cpus hello /vmm --kernel /kernel --initrd /initrd --disk ${disks[$i]}" \
            "--cpus ${cpus[$i]} --console $console --no-reboot --stats" \
            "--cmdline '$quiet GUEST=check CPUS=${cpus[$i]} INPUT=$input'"
    done >"$root/runs"
fi
(cd "$root" && find . -print0 | cpio --quiet -0 -o -H newc | gzip -1) >"$place/initramfs.gz"

# --- Running it --------------------------------------------------------------------------------

for i in "${!cpus[@]}"; do
    cp "$place/guest/disk.img" "$place/disk-$i.img"
done
# Not a pipe: run_machine sets a variable.
exec {results}> >(grep --line-buffered -aE '^(PASS|FAIL|SKIP|vmm-boot:|vmm:) ')
filter=$!
run_machine "$place" "$BOOT_SECONDS" "$kernel" "$place/initramfs.gz" "LIMIT=$GUEST_SECONDS" "${drives[@]}" \
    >&"$results"
exec {results}>&-
wait "$filter" || true

count() { grep -acE "^$1 " "$place/serial.log" || true; }
passed=$(count PASS)
failed=$(count FAIL)
complain() {
    echo "FAIL machine: $1"
    failed=$((failed + 1))
}
[ -z "$trouble" ] || complain "$trouble"
grep -aq '^vmm-boot: the end' "$place/serial.log" || complain "died before the end"

# The seconds of each run with that name, in ascending order.
times() { sed -En "s/^vmm-boot: $1 ends with status 0 after ([0-9.]+) s$/\1/p" "$place/serial.log" | sort -n; }
if [ -n "$compare" ]; then
    for program in vmm vmm-kvm; do
        good=$(times $program | wc -l)
        [ "$good" -eq "$compare" ] || complain "$good of $compare boots of $program ended well"
    done
    paste <(times vmm) <(times vmm-kvm) | awk '
        { zx[NR] = $1; kvm[NR] = $2 }
        function median(t) { return (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2 }
        END { if (NR) printf "boot, median of %d: %.2f s with libzx, %.2f s without: %.2f times\n",
                             NR, median(zx), median(kvm), median(zx) / median(kvm) }'
else
    for i in "${!cpus[@]}"; do
        [ -n "$(times "${cpus[$i]}-cpus")" ] || complain "${cpus[$i]} CPUs: the VMM's exit status is not 0"
        if examples/vmm/guest/check-disk.sh "$place/disk-$i.img"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
    wells=$(grep -ac '^guest: all is well' "$place/serial.log" || true)
    [ "$wells" -eq ${#cpus[@]} ] || complain "$wells of ${#cpus[@]} guests got through their checks"
fi
echo "$passed passed, $failed failed, $(count SKIP) skipped"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tries the VMM out with kernels of a few instructions, and with options and files that are wrong:
#   examples/vmm/test/run.sh PROGRAM DIR      DIR is for what it makes
# The program's libraries are found as always: LD_LIBRARY_PATH.
set -euo pipefail
vmm=$1
place=$2
here=$(dirname "$0")
mkdir -p "$place"
cd "$here"
failed=0

kernels=(none power-off reset triple-fault echo)
for i in 1 2 3 4; do
    gcc -nostdlib -static -no-pie -Wl,-Ttext=0x1000000 -Wl,--build-id=none -DENDING=$i \
        -o "$place/${kernels[$i]}" guest.S
done
echo "no kernel" >"$place/text"

# The exit status, and a pattern for all that is printed. Standard input is the caller's.
expect() {
    local name=$1 status=$2 pattern=$3 code=0 output
    shift 3
    output=$(timeout --kill-after=5 60 "$vmm" "$@" 2>&1) || code=$?
    if [ "$code" -eq "$status" ] && grep -aqE "$pattern" <<<"$output"; then
        echo "PASS vmm: $name"
    else
        echo "FAIL vmm: $name: status $code, not $status; it says: $output"
        failed=1
    fi
}

expect "help" 0 '^usage: ' --help </dev/null
expect "no kernel" 2 'no --kernel' </dev/null
expect "unknown option" 2 'bogus' --bogus </dev/null
expect "no CPUs" 2 'not a number' --kernel "$place/power-off" --cpus 0 </dev/null
expect "memory without unit" 2 'not a size' --kernel "$place/power-off" --memory 5x </dev/null
if ! [ -w /dev/kvm ]; then
    expect "no KVM" 1 'cannot run guests' --kernel "$place/power-off" </dev/null
    exit "$failed"
fi
if unshare -m true 2>/dev/null; then
    # shellcheck disable=SC2016
    vmm=unshare expect "no KVM" 1 'cannot run guests' -m \
        sh -c 'mount --bind /dev/null /dev/kvm && exec "$0" "$@"' "$vmm" --kernel "$place/power-off" </dev/null
fi
expect "missing file" 1 '/nowhere: No such file' --kernel /nowhere </dev/null
expect "no regular file" 1 'not a regular file' --kernel / </dev/null
expect "text for a kernel" 1 'neither a bzImage nor an ELF file' --kernel "$place/text" </dev/null
expect "program for a kernel" 1 'not an ELF kernel' --kernel "$vmm" </dev/null
expect "missing ramdisk" 1 '/nowhere: No such file' --kernel "$place/power-off" --initrd /nowhere </dev/null
expect "missing disk" 1 '/nowhere: No such file' --kernel "$place/power-off" --disk /nowhere </dev/null
expect "too little memory" 1 'no memory at' --kernel "$place/power-off" --memory 16M </dev/null
expect "power-off" 0 '^K$' --kernel "$place/power-off" </dev/null
expect "much memory" 0 '^K$' --kernel "$place/power-off" --memory 5G --cpus 64 </dev/null
expect "reset" 0 '^K$' --kernel "$place/reset" --no-reboot </dev/null
expect "triple fault" 1 'K.*cannot go on' --kernel "$place/triple-fault" </dev/null
expect "statistics" 0 '^port write +serial +0x3f8-0x3ff +1$' --kernel "$place/power-off" --stats </dev/null

# Nothing of the VMM's own is left: what the library keeps for the process's life is its own affair.
if command -v valgrind >/dev/null; then
    code=0
    timeout --kill-after=5 120 valgrind --leak-check=full --show-leak-kinds=all --log-file="$place/valgrind.log" \
        "$vmm" --kernel "$place/power-off" --cpus 2 </dev/null >/dev/null || code=$?
    # The caller of malloc() is in the line below it.
    own=$(grep -A 1 -E ': (m|c|re)alloc \(' "$place/valgrind.log" | grep -E "\\(($(cd .. && ls ./*.c |
        sed 's/^..//; s/\.c$//' | paste -sd '|'))\\.c:" || true)
    if [ "$code" -eq 0 ] && [ -z "$own" ] && grep -q 'definitely lost: 0 bytes' "$place/valgrind.log"; then
        echo "PASS vmm: nothing leaks"
    else
        echo "FAIL vmm: status $code, leaks: $own; see $place/valgrind.log"
        failed=1
    fi
fi

# Typed keys go through the guest and come back; Ctrl-A is for the VMM.
coproc VMM { timeout --kill-after=5 60 "$vmm" --kernel "$place/echo" 2>&1; }
pid=$VMM_PID
exec 5>&"${VMM[1]}" 6<&"${VMM[0]}"
printf 'abc\001a' >&5
read -r -N 5 -t 30 echoed <&6 || true
printf '\001x' >&5
code=0
wait "$pid" || code=$?
if [ "$echoed" = $'Kabc\001' ] && [ "$code" -eq 0 ]; then
    echo "PASS vmm: echo, and Ctrl-A x"
else
    echo "FAIL vmm: echo, and Ctrl-A x: status $code, '$echoed' came back"
    failed=1
fi
exit "$failed"

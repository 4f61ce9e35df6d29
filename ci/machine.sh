# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# To be sourced: a machine that QEMU emulates, no KVM of this computer taking part, and a watch over it.
#   run_machine DIR SECONDS KERNEL INITRD COMMAND_LINE [QEMU-ARGUMENT...]
# Prints what the machine says on its serial line, and keeps that in DIR/serial.log. The second serial
# line, DIR/progress.log, is how it shows that it lives: something must come there every few seconds.
# Sets $trouble: empty after the machine has ended by itself, "frozen" when it had to be stopped
# because nothing came any more, or else what is wrong, in words.

SILENCE_SECONDS=60

trouble=
machine=
stop_machine() {
    [ -z "$machine" ] || kill -KILL "$machine" 2>/dev/null || true
    machine=
}
trap stop_machine EXIT

run_machine() {
    local dir=$1 seconds=$2 kernel=$3 initrd=$4 line=$5 printer code=0
    local start=$SECONDS heard=$SECONDS size=0 now
    shift 5
    : >"$dir/serial.log"
    : >"$dir/progress.log"
    trouble=
    # One thread takes turns with the CPUs. With a thread for each, QEMU 7.2 is not a processor to test
    # with: where an atomic instruction faults at an address that is not aligned, the arithmetic flags
    # are gone (a program without guests shows it, XCHG to memory that is not there, 100 times of 100,
    # and never with one thread), changes to running code are missed, and kernels and guests die of
    # triple faults and overwritten stacks, with libzx and without.
    # Kernels check by its rate whether the timer works, which fails on a busy computer.
    qemu-system-x86_64 -M q35 -accel tcg,thread=single -cpu max,+svm -smp 2 -m 2048 -nodefaults \
        -display none -serial "file:$dir/serial.log" -serial "file:$dir/progress.log" -no-reboot \
        -kernel "$kernel" -initrd "$initrd" \
        -append "console=ttyS0 panic=-1 quiet mitigations=off no_timer_check tsc=reliable rcupdate.rcu_expedited=1 $line" "$@" \
        </dev/null >"$dir/qemu.err" 2>&1 &
    machine=$!
    tail -n +1 -s 0.3 -f --pid="$machine" "$dir/serial.log" 2>/dev/null | sed -u 's/\r//g' &
    printer=$!
    while kill -0 "$machine" 2>/dev/null; do
        sleep 0.5
        now=$(stat -c %s "$dir/progress.log")
        if [ "$now" -ne "$size" ]; then
            size=$now heard=$SECONDS
        elif [ $((SECONDS - heard)) -ge "$SILENCE_SECONDS" ]; then
            trouble=frozen
            break
        fi
        if [ $((SECONDS - start)) -ge "$seconds" ]; then
            trouble="still running after $seconds s"
            break
        fi
    done
    if [ -n "$trouble" ]; then
        kill -KILL "$machine" 2>/dev/null || true
        wait "$machine" 2>/dev/null || true
    else
        wait "$machine" || code=$?
        [ "$code" -eq 0 ] || trouble="QEMU's exit status is $code: $(tail -n 1 "$dir/qemu.err")"
    fi
    machine=
    wait "$printer" || true
    sed -i 's/\r//g' "$dir/serial.log" "$dir/progress.log"
}

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fails, one in each process, the calls that the library makes to Linux: see sweep.c, whose options it
# takes. Places of failures are resolved to functions of the library. Everything, without a bound:
#   ci/inject/run.sh
# What CI runs:
#   ci/inject/run.sh --most 16
set -euo pipefail
cd "$(dirname "$0")/../.."
place=$(realpath -m "${CARGO_TARGET_DIR:-target}/inject")
mkdir -p "$place/lib"
cargo build --release --quiet
library=$(realpath "${CARGO_TARGET_DIR:-target}/release/libzx.so")
ln -sf "$library" "$place/lib/libzx.so"
ln -sf "$library" "$place/lib/libzx.so.0"
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -shared -fPIC -o "$place/preload.so" ci/inject/preload.c -ldl
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -I include -o "$place/sweep" \
    ci/inject/sweep.c ci/inject/objects.c ci/inject/later.c ci/inject/guests.c \
    -L "$place/lib" -lzx -lpthread "$place/preload.so"

export RUST_BACKTRACE=0 # such a report takes much memory itself
code=0
LD_PRELOAD="$place/preload.so" LD_LIBRARY_PATH="$place/lib" "$place/sweep" "$@" >"$place/log" || code=$?
# The innermost functions of the library's own, for each line of a failure.
while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
        PASS* | FAIL* | SKIP* | [0-9]*) continue ;;
    esac
    mapfile -t frames < <(grep -oE '0x[0-9a-f]+' <<<"${line##*)}")
    [ ${#frames[@]} -gt 0 ] || continue
    addr2line -e "$library" -f -C -i "${frames[@]}" 2>/dev/null </dev/null |
        paste - - | grep '/libzx/' | sed -E 's/^/       /; s/\t.*(libzx\/.*)$/ \1/' | head -n 6 || true
done <"$place/log"
exit "$code"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the guest fuzzer (ci/guest-fuzz) against this build's library and runs it.
#   ci/guest-fuzz.sh [--seconds N] [--seed S] [--once S] [--jobs N]     two minutes by default
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
place=$target/guest-fuzz
cargo build --release --quiet
mkdir -p "$place/lib"
library=$(realpath "$target/release/libzx.so")
ln -sf "$library" "$place/lib/libzx.so"
ln -sf "$library" "$place/lib/libzx.so.0"
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -I include -o "$place/guest-fuzz" ci/guest-fuzz/*.c \
    -L "$place/lib" -lzx -lpthread
LD_LIBRARY_PATH=$place/lib exec "$place/guest-fuzz" --seconds "${FUZZ_SECONDS:-120}" "$@"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the model tests: the lock-free protocols of the library under loom, which tries every interleaving
# of two threads, and for three threads every one with up to three preemptions. They stand in files named
# model.rs beside the code that they check; what a test claims is its name.
#   ci/models.sh [name...]
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTFLAGS="${RUSTFLAGS:-} --cfg loom"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/models"
export CARGO_PROFILE_TEST_OPT_LEVEL=2
if [ $# -eq 0 ]; then
    set -- ::model::
fi
cargo test --lib -- "$@"

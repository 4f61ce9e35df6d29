#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compiles every header of include/ as the only include of a file, and all of them together, with gcc, g++, clang and
# clang++ in each standard from C11 to C23 and from C++14 to C++23, with every warning an error; then
# whether a 32-bit program is told so. A compiler that is not installed counts as skipped.
#   ci/headers.sh
set -euo pipefail
cd "$(dirname "$0")/.."

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mapfile -t headers < <(cd include && find . -name '*.h' -printf '%P\n' | sort)

# What the compiler says about a file that includes the headers; nothing when it is content.
compile() { # COMPILER STANDARD LANGUAGE NAME HEADER...
    local compiler=$1 standard=$2 language=$3 name=$4 source
    shift 4
    source=$(mktemp -p "$place" --suffix=".$language")
    # Something of the file's own: C knows no empty ones.
    { printf '#include <%s>\n' "$@"; echo 'extern int not_empty;'; } >"$source"
    if "$compiler" -std="$standard" -Wall -Wextra -Wpedantic -Wconversion -Wundef -Werror \
        -fsyntax-only -I include "$source" >"$source.log" 2>&1; then
        echo ok
    else
        echo "FAIL headers/$name with $compiler -std=$standard: $(grep -m1 error "$source.log")"
    fi
}
export -f compile
export place

# One line for each compilation.
plan() {
    local compiler standard header
    for compiler in gcc clang; do
        command -v "$compiler" >/dev/null || continue
        for standard in c11 c17 c2x gnu11; do
            for header in "${headers[@]}"; do echo "$compiler $standard c $header $header"; done
            echo "$compiler $standard c all ${headers[*]}"
        done
    done
    for compiler in g++ clang++; do
        command -v "$compiler" >/dev/null || continue
        for standard in c++14 c++17 c++20 c++2b; do
            for header in "${headers[@]}"; do echo "$compiler $standard cc $header $header"; done
            echo "$compiler $standard cc all ${headers[*]}"
            echo "$compiler $standard cc cxx_headers ../ctests/cxx_headers.cc"
        done
    done
}

skipped=0
for compiler in gcc g++ clang clang++; do
    if ! command -v "$compiler" >/dev/null; then
        echo "SKIP headers with $compiler, which is not installed"
        skipped=$((skipped + 1))
    fi
done
plan | xargs -P "$(nproc)" -I LINE bash -c 'compile LINE' >"$place/results"

# The first complaint, as later ones may be about missing headers of the C library.
for header in "${headers[@]}"; do
    said=$(echo "#include <$header>" | gcc -m32 -x c -fsyntax-only -I include - 2>&1 | grep -m1 error || true)
    case $said in
        *'64-bit programs only'*) echo ok ;;
        *) echo "FAIL headers/$header with -m32: $said" ;;
    esac
done >>"$place/results"

grep -v '^ok$' "$place/results" || true
passed=$(grep -c '^ok$' "$place/results" || true)
failed=$(grep -vc '^ok$' "$place/results" || true)
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

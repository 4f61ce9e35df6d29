# SPDX-License-Identifier: MIT
# For the scripts that run the C tests of kernel objects in another way than ctests/runner.rs does.
# Source it from the main folder.

# The names of the tests that make no guests.
object_tests() {
    local source name
    for source in ctests/*.c; do
        name=$(basename "$source" .c)
        case $name in
            guest* | vcpu* | vmar_guest) ;;
            *) echo "$name" ;;
        esac
    done
}

# Builds the library and the named tests into a folder; run them with its lib as LD_LIBRARY_PATH.
build_tests() {
    local place=$1 library name
    shift
    cargo build --release --quiet
    mkdir -p "$place/lib"
    library=$(realpath "${CARGO_TARGET_DIR:-target}/release/libzx.so")
    ln -sf "$library" "$place/lib/libzx.so"
    ln -sf "$library" "$place/lib/libzx.so.0"
    for name in "$@"; do
        gcc -std=c11 -O1 -g -I include -o "$place/$name" "ctests/$name.c" \
            -L "$place/lib" -lzx -lpthread
    done
}

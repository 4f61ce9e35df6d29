#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh install|uninstall: puts what `make build` and `make kit` have made where programs find it, or takes it
# away. The Makefile passes PREFIX, LIBDIR, INCLUDEDIR, MANDIR, DOCDIR, DESTDIR, VERSION and RELEASE, the folder of the
# build. Needs no cargo.
set -eu
cd "$(dirname "$0")/.."
to() { printf '%s' "$DESTDIR$1"; }
lib=$(to "$LIBDIR")
include=$(to "$INCLUDEDIR")
man=$(to "$MANDIR")/man2
doc=$(to "$DOCDIR")
real=libzx.so.$VERSION

uninstall() {
    rm -f "$lib/$real" "$lib/$real.debug" "$lib/libzx.so.0" "$lib/libzx.so" "$lib/libzircon.so" "$lib/libzx.a"
    rm -f "$lib/pkgconfig/libzx.pc" "$lib/pkgconfig/libzx-kit.pc"
    rm -rf "$lib/cmake/libzx" "$lib/libzx-kit" "$include/libzx-kit" "$doc"
    (cd include && find . -name '*.h') | while read -r header; do rm -f "$include/$header"; done
    rmdir "$include/zircon/syscalls" "$include/zircon" 2>/dev/null || :
    rm -f "$man"/zx_*.2zx "$man"/libzx_*.2zx "$man"/get_root_resource.2zx
}

# The shared library without its debug information, which goes into a file beside it.
shared_library() {
    install -d "$lib"
    objcopy --only-keep-debug "$RELEASE/libzx.so" "$lib/$real.debug"
    objcopy --strip-unneeded "$RELEASE/libzx.so" "$lib/$real"
    (cd "$lib" && objcopy --add-gnu-debuglink="$real.debug" "$real")
    chmod 755 "$lib/$real"
    chmod 644 "$lib/$real.debug"
    ln -sf "$real" "$lib/libzx.so.0"
    ln -sf libzx.so.0 "$lib/libzx.so"
    ln -sf libzx.so.0 "$lib/libzircon.so" # what Fuchsia's build files call the system calls
}

# A file with its @NAMES@ replaced.
fill() {
    sed -e "s|@PREFIX@|$PREFIX|g" -e "s|@LIBDIR@|$LIBDIR|g" -e "s|@INCLUDEDIR@|$INCLUDEDIR|g" \
        -e "s|@VERSION@|$VERSION|g" "$1" >"$2"
    chmod 644 "$2"
}

development_files() {
    install -m 644 "$RELEASE/libzx.a" "$lib/libzx.a"
    install -d "$lib/pkgconfig" "$lib/cmake/libzx"
    fill packaging/libzx.pc.in "$lib/pkgconfig/libzx.pc"
    for name in libzxConfig.cmake libzxConfigVersion.cmake; do fill "packaging/$name.in" "$lib/cmake/libzx/$name"; done
    (cd include && find . -name '*.h') | while read -r header; do
        install -D -m 644 "include/$header" "$include/$header"
    done
}

kit() {
    [ -e "$RELEASE/kit/libzxkit.a" ] || return 0
    (cd kit/include && find . -name '*.h') | while read -r header; do
        install -D -m 644 "kit/include/$header" "$include/libzx-kit/$header"
    done
    install -d "$lib/libzx-kit"
    for archive in "$RELEASE"/kit/*.a; do cp -P "$archive" "$lib/libzx-kit/"; done
    fill packaging/libzx-kit.pc.in "$lib/pkgconfig/libzx-kit.pc"
}

documentation() {
    install -d "$man" "$doc/html"
    # The newest build of the release profile.
    made=$(ls -td "$RELEASE"/build/libzx-*/out/man | head -n 1)
    install -m 644 "$made"/man2/*.2zx "$man/"
    install -m 644 "$made"/html/*.html "$doc/html/"
    install -m 644 README.md LICENSE CHANGELOG.md docs/*.md "$doc/"
}

case $1 in
install)
    shared_library
    development_files
    kit
    documentation
    case " $LIBDIR " in
    " /usr/lib "* | " /usr/local/lib "* | " /lib "* | " /usr/lib/"*)
        [ -n "$DESTDIR" ] || echo "Run ldconfig, so that programs find $LIBDIR/libzx.so.0."
        ;;
    *) echo "Programs find the library with -Wl,-rpath,$LIBDIR or LD_LIBRARY_PATH=$LIBDIR." ;;
    esac
    ;;
uninstall) uninstall ;;
*)
    echo "usage: install.sh install|uninstall" >&2
    exit 2
    ;;
esac

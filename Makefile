# SPDX-License-Identifier: MIT
# make          build the library
# make run      build and run the example: a guest run by a C program
# make test     every test, the C programs included
# make test-stock-kvm
#               the guest tests on the KVM of Debian's kernel, in an emulated machine
# make vmm      examples/vmm, which boots Linux
# make linux    fetch Debian's kernel and boot it with examples/vmm on this computer's KVM
# make test-vmm that boot on the KVM of Debian's kernel, in an emulated machine, with checks in the guest
# make test-valgrind
#               the tests of kernel objects below valgrind's memcheck
# make test-deadlocks
#               tests of objects and guests with a watch for threads that wait for each other's locks
# make test-models
#               the lock-free protocols under every interleaving of threads
# make test-repeat
#               the same tests 50 times in a row, with every processor kept busy
# make test-guest-fuzz
#               random guests for two minutes (ci/guest-fuzz.sh takes seeds and other times)
# make test-inject
#               every call that the library makes to Linux fails once, some 20 minutes
# make test-matrix
#               the C tests where signals, descriptors and stacks are scarce, and in a storm of signals
# make bench    every benchmark
# make help     this list
# make kit      the headers and archives for C++ written for Fuchsia: docs/porting.md
# make kit-test its tests
# make install  library, headers, kit, manual and files for pkg-config and CMake below PREFIX (default /usr/local), with
#               DESTDIR before it; LIBDIR, INCLUDEDIR, MANDIR and DOCDIR can be set too
# make uninstall
#               takes them away again

CARGO ?= cargo
CC = gcc
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/libzx
TARGET := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release
# C programs, and links to the library under the names that the linker and the loader look for.
PROGRAMS := $(RELEASE)/c
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
CFLAGS := -std=c11 -O2 -g -Wall -Wextra -Wpedantic -Werror
LINK = -L $(PROGRAMS) -lzx -lpthread
VMM := $(wildcard examples/vmm/*.c examples/vmm/*.S)
# Where `make linux` keeps the guest's files, and what it adds to the VMM's options and the kernel's command line.
LINUX := $(TARGET)/linux
LINUX_OPTIONS := --cpus 2
LINUX_CMDLINE :=
BENCHES := $(patsubst benches/%.c,%,$(wildcard benches/*.c))
LOADED := LD_LIBRARY_PATH=$(abspath $(PROGRAMS))

.PHONY: build run vmm vmm-kvm linux test test-stock-kvm test-vmm test-valgrind test-models test-deadlocks test-repeat test-inject test-matrix test-guest-fuzz bench install uninstall clean help

build:
	$(CARGO) build --release
	@mkdir -p $(PROGRAMS)
	@ln -sf $(abspath $(RELEASE))/libzx.so $(PROGRAMS)/libzx.so
	@ln -sf $(abspath $(RELEASE))/libzx.so $(PROGRAMS)/libzx.so.0

run: build
	$(CC) $(CFLAGS) -I include -o $(PROGRAMS)/hello-guest examples/hello-guest.c \
	    examples/hello-guest.S $(LINK)
	$(LOADED) $(PROGRAMS)/hello-guest

vmm: build
	$(CC) $(CFLAGS) -I include -o $(PROGRAMS)/vmm $(VMM) $(LINK)

# The same VMM without the library: what there is to compare with.
vmm-kvm: build
	$(CC) $(CFLAGS) -I include -o $(PROGRAMS)/vmm-kvm $(VMM) $(wildcard benches/vmm-kvm/*.c) -lpthread

linux: vmm
	examples/vmm/guest/build.sh --shell $(LINUX)
	$(LOADED) $(PROGRAMS)/vmm --kernel $(LINUX)/kernel --initrd $(LINUX)/shell --disk $(LINUX)/disk.img \
	    --cmdline "console=ttyS0 $(LINUX_CMDLINE)" $(LINUX_OPTIONS)

test: build vmm
	$(CARGO) test --release --no-fail-fast
	ci/headers.sh
	ci/symbols.sh $(RELEASE)/libzx.so
	ci/abi.sh $(RELEASE)/libzx.so
	$(CC) $(CFLAGS) -I include -o $(PROGRAMS)/vmm-emulate examples/vmm/test/emulate.c examples/vmm/emulate.c
	$(PROGRAMS)/vmm-emulate
	$(LOADED) examples/vmm/test/run.sh $(abspath $(PROGRAMS)/vmm) $(abspath $(TARGET)/vmm-test)

test-stock-kvm:
	ci/stock-kvm.sh

test-vmm:
	ci/vmm-boot.sh

test-valgrind:
	ci/valgrind.sh

test-repeat:
	ci/repeat.sh

test-models:
	ci/models.sh

test-deadlocks:
	ci/deadlocks.sh

test-guest-fuzz:
	ci/guest-fuzz.sh

test-inject:
	ci/inject/run.sh

test-matrix:
	ci/matrix/run.sh

bench: build
	@set -e; for name in $(BENCHES); do \
	    more=; if [ -e benches/$$name.S ]; then more=benches/$$name.S; fi; \
	    $(CC) $(CFLAGS) -I include -o $(PROGRAMS)/bench-$$name benches/$$name.c $$more $(LINK); \
	    $(LOADED) $(PROGRAMS)/bench-$$name; \
	done

# What was built before needs no cargo.
INSTALL = PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" INCLUDEDIR="$(INCLUDEDIR)" MANDIR="$(MANDIR)" DOCDIR="$(DOCDIR)" \
    DESTDIR="$(DESTDIR)" VERSION="$(VERSION)" RELEASE="$(abspath $(RELEASE))" packaging/install.sh
install: $(if $(wildcard $(RELEASE)/libzx.so),,build)
	$(INSTALL) install

uninstall:
	$(INSTALL) uninstall

include kit/kit.mk

clean:
	$(CARGO) clean

help:
	@sed -n '2,/^$$/s/^# //p' Makefile

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
# make test-repeat
#               the same tests 50 times in a row, with every processor kept busy
# make bench    every benchmark
# make help     this list
# make install  headers, library and libzx.pc below PREFIX (default /usr/local), and DESTDIR before it

CARGO ?= cargo
CC = gcc
PREFIX ?= /usr/local
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

.PHONY: build run vmm vmm-kvm linux test test-stock-kvm test-vmm test-valgrind test-repeat bench install clean help

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

bench: build
	@set -e; for name in $(BENCHES); do \
	    more=; if [ -e benches/$$name.S ]; then more=benches/$$name.S; fi; \
	    $(CC) $(CFLAGS) -I include -o $(PROGRAMS)/bench-$$name benches/$$name.c $$more $(LINK); \
	    $(LOADED) $(PROGRAMS)/bench-$$name; \
	done

install: build
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include
	install -m 755 $(RELEASE)/libzx.so $(DESTDIR)$(PREFIX)/lib/libzx.so.$(VERSION)
	ln -sf libzx.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libzx.so.0
	ln -sf libzx.so.0 $(DESTDIR)$(PREFIX)/lib/libzx.so
	install -m 644 $(RELEASE)/libzx.a $(DESTDIR)$(PREFIX)/lib/libzx.a
	printf '%s\n' 'Name: libzx' "Description: Zircon's system calls for Linux programs" 'Version: $(VERSION)' \
	    'Libs: -L$(PREFIX)/lib -lzx' 'Cflags: -I$(PREFIX)/include' >$(DESTDIR)$(PREFIX)/lib/pkgconfig/libzx.pc
	cd include && find . -name '*.h' -exec install -D -m 644 {} $(abspath $(DESTDIR)$(PREFIX))/include/{} \;

include kit/kit.mk

clean:
	$(CARGO) clean

help:
	@sed -n '2,/^$$/s/^# //p' Makefile

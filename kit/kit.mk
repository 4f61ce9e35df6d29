# SPDX-License-Identifier: MIT
# Builds the porting kit below $(KIT): headers are used where they are, archives and link names are made. See docs/porting.md.

KIT := $(RELEASE)/kit
CXX ?= g++
KIT_CXXFLAGS := -std=c++17 -O2 -g -Wall -Wextra -Werror -fno-exceptions -fno-rtti -fPIC
KIT_SOURCES := $(wildcard kit/src/*/*.cc)
KIT_OBJECTS := $(patsubst kit/src/%.cc,$(KIT)/obj/%.o,$(KIT_SOURCES))
# The archives that Fuchsia's build files name, all of which are libzxkit.a here.
KIT_NAMES := sync fzl async async-cpp async-loop async-loop-cpp async-default async-loop-default \
    mini-process test-exceptions runtime pretty syslog
KIT_LIBS := $(KIT)/libzxkit.a $(KIT)/libzxtest.a $(KIT)/libunittest.a $(KIT)/libfbl.a

.PHONY: kit kit-test kit-install
kit: build $(KIT_LIBS)
	@for name in $(KIT_NAMES); do ln -sf libzxkit.a $(KIT)/lib$$name.a; done
	@printf 'INPUT(-lzx)\n' >$(KIT)/libzircon.so

$(KIT)/obj/%.o: kit/src/%.cc
	@mkdir -p $(dir $@)
	$(CXX) $(KIT_CXXFLAGS) -I kit/include -I include -MMD -c -o $@ $<

-include $(KIT_OBJECTS:.o=.d)

kit_objects = $(filter $(addprefix $(KIT)/obj/,$(1)),$(KIT_OBJECTS))
$(KIT)/libzxkit.a: $(call kit_objects,kit/%)
$(KIT)/libzxtest.a: $(call kit_objects,zxtest/% kit/dies.o)
$(KIT)/libunittest.a: $(call kit_objects,unittest/% kit/dies.o)
$(KIT)/libfbl.a: $(call kit_objects,fbl/%)
$(KIT_LIBS):
	@rm -f $@
	ar rcs $@ $^

kit-test: kit
	python3 kit/tests/run.py --library $(abspath $(PROGRAMS)) --kit $(abspath $(KIT))

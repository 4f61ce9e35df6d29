// SPDX-License-Identifier: MIT
#include <lib/fzl/memory-probe.h>

#include "dies.h"

bool probe_for_read(const void* address) {
  return !kit::Dies([address] {
    const auto* byte = static_cast<const volatile unsigned char*>(address);
    static_cast<void>(*byte);
  });
}

bool probe_for_write(void* address) {
  return !kit::Dies([address] {
    auto* byte = static_cast<volatile unsigned char*>(address);
    *byte = *byte;
  });
}

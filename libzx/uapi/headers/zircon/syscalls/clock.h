// SPDX-License-Identifier: MIT
// Clock objects.

#ifndef LIBZX_ZIRCON_SYSCALLS_CLOCK_H_
#define LIBZX_ZIRCON_SYSCALLS_CLOCK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/time.h>

@@types clock@@

// A version number, placed in the options where the calls look for it.
#define ZX_CLOCK_ARGS_VERSION(version) \
  (((uint64_t)(version) << ZX_CLOCK_ARGS_VERSION_SHIFT) & ZX_CLOCK_ARGS_VERSION_MASK)

#endif  // LIBZX_ZIRCON_SYSCALLS_CLOCK_H_

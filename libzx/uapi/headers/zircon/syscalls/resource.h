// SPDX-License-Identifier: MIT
// Resource kinds and flags.

#ifndef LIBZX_ZIRCON_SYSCALLS_RESOURCE_H_
#define LIBZX_ZIRCON_SYSCALLS_RESOURCE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

@@types resource@@

// The two halves of the options of zx_resource_create.
#define ZX_RSRC_EXTRACT_KIND(options) ((options) & 0x0000ffffu)
#define ZX_RSRC_EXTRACT_FLAGS(options) ((options) & 0xffff0000u)

#endif  // LIBZX_ZIRCON_SYSCALLS_RESOURCE_H_

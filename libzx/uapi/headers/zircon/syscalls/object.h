// SPDX-License-Identifier: MIT
// Topics, properties and records of zx_object_get_info.

#ifndef LIBZX_ZIRCON_SYSCALLS_OBJECT_H_
#define LIBZX_ZIRCON_SYSCALLS_OBJECT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

@@types object@@

// Whether a VMO is backed by pages, from the flags of its record.
#define ZX_INFO_VMO_TYPE(flags) ((flags) & 1u)

// A thread state without the reason a thread is blocked for.
#define ZX_THREAD_STATE_BASIC(state) ((state) & 0xffu)

#endif  // LIBZX_ZIRCON_SYSCALLS_OBJECT_H_

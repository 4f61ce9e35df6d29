// SPDX-License-Identifier: MIT
// Register records of the thread state calls.

#ifndef LIBZX_ZIRCON_SYSCALLS_DEBUG_H_
#define LIBZX_ZIRCON_SYSCALLS_DEBUG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

@@types debug@@

#ifdef LIBZX_OLDER_ABI
#include <libzx/older.h>
#endif

#endif  // LIBZX_ZIRCON_SYSCALLS_DEBUG_H_

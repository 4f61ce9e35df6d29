// SPDX-License-Identifier: MIT
// Register records of the thread state calls.

#ifndef LIBZX_ZIRCON_SYSCALLS_DEBUG_H_
#define LIBZX_ZIRCON_SYSCALLS_DEBUG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

@@types debug@@

#endif  // LIBZX_ZIRCON_SYSCALLS_DEBUG_H_

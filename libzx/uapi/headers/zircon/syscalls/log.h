// SPDX-License-Identifier: MIT
// Debug log records.

#ifndef LIBZX_ZIRCON_SYSCALLS_LOG_H_
#define LIBZX_ZIRCON_SYSCALLS_LOG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

@@types log@@

#endif  // LIBZX_ZIRCON_SYSCALLS_LOG_H_

// SPDX-License-Identifier: MIT
// Deadline scheduling.

#ifndef LIBZX_ZIRCON_SYSCALLS_SCHEDULER_H_
#define LIBZX_ZIRCON_SYSCALLS_SCHEDULER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/time.h>

@@types scheduler@@

#endif  // LIBZX_ZIRCON_SYSCALLS_SCHEDULER_H_

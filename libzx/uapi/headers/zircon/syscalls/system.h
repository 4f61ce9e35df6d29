// SPDX-License-Identifier: MIT
// Power control and processor power levels.

#ifndef LIBZX_ZIRCON_SYSCALLS_SYSTEM_H_
#define LIBZX_ZIRCON_SYSCALLS_SYSTEM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

@@types system@@

#endif  // LIBZX_ZIRCON_SYSCALLS_SYSTEM_H_

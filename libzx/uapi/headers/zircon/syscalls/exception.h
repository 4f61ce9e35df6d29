// SPDX-License-Identifier: MIT
// Exception types and reports.

#ifndef LIBZX_ZIRCON_SYSCALLS_EXCEPTION_H_
#define LIBZX_ZIRCON_SYSCALLS_EXCEPTION_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

@@types exception@@

// Whether an exception came from the processor.
#define ZX_EXCP_IS_ARCH(type) (((type) & 0x8000u) == 0)

#endif  // LIBZX_ZIRCON_SYSCALLS_EXCEPTION_H_

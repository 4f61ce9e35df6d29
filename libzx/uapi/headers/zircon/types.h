// SPDX-License-Identifier: MIT
// Basic types, object types, signals and options.

#ifndef LIBZX_ZIRCON_TYPES_H_
#define LIBZX_ZIRCON_TYPES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/limits.h>
#include <zircon/rights.h>
#include <zircon/time.h>

#ifdef __cplusplus
typedef int zx_futex_t;
#else
#include <stdatomic.h>
typedef atomic_int zx_futex_t;
#endif

@@types types@@

#ifdef LIBZX_OLDER_ABI
#include <libzx/older.h>
#endif

#endif  // LIBZX_ZIRCON_TYPES_H_

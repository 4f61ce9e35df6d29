// SPDX-License-Identifier: MIT
// Start-up message and handle codes.

#ifndef LIBZX_ZIRCON_PROCESSARGS_H_
#define LIBZX_ZIRCON_PROCESSARGS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

@@types processargs@@

// A handle code: its type in the low byte, its argument in the upper half.
#define PA_HND(type, arg) (((uint32_t)(type) & 0xffu) | (((uint32_t)(arg) & 0xffffu) << 16))
#define PA_HND_TYPE(info) ((info) & 0xffu)
#define PA_HND_ARG(info) (((info) >> 16) & 0xffffu)

#endif  // LIBZX_ZIRCON_PROCESSARGS_H_

// SPDX-License-Identifier: MIT
// Offsets from the thread pointer known to compilers for Zircon; unused on Linux.

#ifndef LIBZX_ZIRCON_TLS_H_
#define LIBZX_ZIRCON_TLS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#if defined(__x86_64__)
#define ZX_TLS_STACK_GUARD_OFFSET 0x10
#define ZX_TLS_UNSAFE_SP_OFFSET 0x18
#elif defined(__aarch64__)
#define ZX_TLS_STACK_GUARD_OFFSET (-0x10)
#define ZX_TLS_UNSAFE_SP_OFFSET (-0x8)
#endif

#endif  // LIBZX_ZIRCON_TLS_H_

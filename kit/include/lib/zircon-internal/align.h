// SPDX-License-Identifier: MIT
// Rounding to powers of two.
#ifndef LIB_ZIRCON_INTERNAL_ALIGN_H_
#define LIB_ZIRCON_INTERNAL_ALIGN_H_

#define ZX_ROUNDUP(a, b)                       \
  (__extension__({                             \
    const __typeof__(a) zx_align_a = (a);      \
    const __typeof__(b) zx_align_b = (b);      \
    ((zx_align_a + zx_align_b - 1) / zx_align_b) * zx_align_b; \
  }))
#define ZX_ROUNDDOWN(a, b)                     \
  (__extension__({                             \
    const __typeof__(a) zx_align_a = (a);      \
    const __typeof__(b) zx_align_b = (b);      \
    zx_align_a - (zx_align_a % zx_align_b);    \
  }))
#define ZX_ALIGN(a, b) ZX_ROUNDUP(a, b)
#define ZX_IS_ALIGNED(a, b) (!((a) & ((b) - 1)))

#endif  // LIB_ZIRCON_INTERNAL_ALIGN_H_

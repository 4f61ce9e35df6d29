// SPDX-License-Identifier: MIT
// Pixel format codes.

#ifndef LIBZX_ZIRCON_PIXELFORMAT_H_
#define LIBZX_ZIRCON_PIXELFORMAT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

@@types pixelformat@@

// Bytes of a pixel.
#define ZX_PIXEL_FORMAT_BYTES(format) (((format) >> 16) & 7)

#endif  // LIBZX_ZIRCON_PIXELFORMAT_H_

// SPDX-License-Identifier: MIT
// Pixel format codes.

#ifndef LIBZX_ZIRCON_PIXELFORMAT_H_
#define LIBZX_ZIRCON_PIXELFORMAT_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Formats.
#define ZX_PIXEL_FORMAT_NONE ((zx_pixel_format_t)0u)
#define ZX_PIXEL_FORMAT_RGB_332 ((zx_pixel_format_t)0x00010002u)
#define ZX_PIXEL_FORMAT_RGB_2220 ((zx_pixel_format_t)0x00010003u)
#define ZX_PIXEL_FORMAT_GRAY_8 ((zx_pixel_format_t)0x00010007u)
#define ZX_PIXEL_FORMAT_MONO_8 ((zx_pixel_format_t)0x00010007u)
#define ZX_PIXEL_FORMAT_NV12 ((zx_pixel_format_t)0x00010008u)
#define ZX_PIXEL_FORMAT_RGB_565 ((zx_pixel_format_t)0x00020001u)
#define ZX_PIXEL_FORMAT_RGB_888 ((zx_pixel_format_t)0x00030009u)
#define ZX_PIXEL_FORMAT_ARGB_8888 ((zx_pixel_format_t)0x00040004u)
#define ZX_PIXEL_FORMAT_RGB_x888 ((zx_pixel_format_t)0x00040005u)
#define ZX_PIXEL_FORMAT_ABGR_8888 ((zx_pixel_format_t)0x0004000au)
#define ZX_PIXEL_FORMAT_BGR_888x ((zx_pixel_format_t)0x0004000bu)

/// One of `ZX_PIXEL_FORMAT_*`.
typedef uint32_t zx_pixel_format_t;

// Bytes of a pixel.
#define ZX_PIXEL_FORMAT_BYTES(format) (((format) >> 16) & 7)

#endif  // LIBZX_ZIRCON_PIXELFORMAT_H_

// SPDX-License-Identifier: MIT
//! Pixel format codes: `zircon/pixelformat.h`.

#![allow(missing_docs, non_upper_case_globals)] // constants and members carry Zircon's names and are explained by the pages of the calls

/// One of `ZX_PIXEL_FORMAT_*`.
pub type zx_pixel_format_t = u32;

// Formats.
pub const ZX_PIXEL_FORMAT_NONE: zx_pixel_format_t = 0;
pub const ZX_PIXEL_FORMAT_RGB_332: zx_pixel_format_t = 0x0001_0002;
pub const ZX_PIXEL_FORMAT_RGB_2220: zx_pixel_format_t = 0x0001_0003;
pub const ZX_PIXEL_FORMAT_GRAY_8: zx_pixel_format_t = 0x0001_0007;
pub const ZX_PIXEL_FORMAT_MONO_8: zx_pixel_format_t = 0x0001_0007;
pub const ZX_PIXEL_FORMAT_NV12: zx_pixel_format_t = 0x0001_0008;
pub const ZX_PIXEL_FORMAT_RGB_565: zx_pixel_format_t = 0x0002_0001;
pub const ZX_PIXEL_FORMAT_RGB_888: zx_pixel_format_t = 0x0003_0009;
pub const ZX_PIXEL_FORMAT_ARGB_8888: zx_pixel_format_t = 0x0004_0004;
pub const ZX_PIXEL_FORMAT_RGB_x888: zx_pixel_format_t = 0x0004_0005;
pub const ZX_PIXEL_FORMAT_ABGR_8888: zx_pixel_format_t = 0x0004_000a;
pub const ZX_PIXEL_FORMAT_BGR_888x: zx_pixel_format_t = 0x0004_000b;

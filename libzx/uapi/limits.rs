// SPDX-License-Identifier: MIT
//! Page sizes: `zircon/limits.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::uintptr_t;

// Page sizes.
pub const ZX_MIN_PAGE_SHIFT: u32 = 12;
pub const ZX_PAGE_SHIFT: u32 = 12;
#[cfg(target_arch = "x86_64")]
pub const ZX_MAX_PAGE_SHIFT: u32 = 21;
#[cfg(target_arch = "aarch64")]
pub const ZX_MAX_PAGE_SHIFT: u32 = 16;
pub const ZX_PAGE_MASK: uintptr_t = 0xfff;
pub const ZX_MIN_PAGE_SIZE: uintptr_t = 0x1000;
pub const ZX_PAGE_SIZE: uintptr_t = 0x1000;
#[cfg(target_arch = "x86_64")]
pub const ZX_MAX_PAGE_SIZE: uintptr_t = 0x0020_0000;
#[cfg(target_arch = "aarch64")]
pub const ZX_MAX_PAGE_SIZE: uintptr_t = 0x0001_0000;

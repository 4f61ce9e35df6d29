// SPDX-License-Identifier: MIT
//! Kinds and bits of `zx_system_get_features`: `zircon/features.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

// Kinds of feature sets.
pub const ZX_FEATURE_KIND_CPU: u32 = 0;
pub const ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT: u32 = 1;
pub const ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT: u32 = 2;
pub const ZX_FEATURE_KIND_ADDRESS_TAGGING: u32 = 3;
pub const ZX_FEATURE_KIND_VM: u32 = 4;

// Bits on every processor.
pub const ZX_HAS_CPU_FEATURES: u32 = 1;

// Bits on aarch64.
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_FP: u32 = 1 << 1;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_ASIMD: u32 = 1 << 2;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_AES: u32 = 1 << 3;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_PMULL: u32 = 1 << 4;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_SHA1: u32 = 1 << 5;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_SHA2: u32 = 1 << 6;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_CRC32: u32 = 1 << 7;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_ATOMICS: u32 = 1 << 8;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_RDM: u32 = 1 << 9;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_SHA3: u32 = 1 << 10;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_SM3: u32 = 1 << 11;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_SM4: u32 = 1 << 12;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_DP: u32 = 1 << 13;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_DPB: u32 = 1 << 14;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_FHM: u32 = 1 << 15;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_TS: u32 = 1 << 16;
#[cfg(target_arch = "aarch64")]
pub const ZX_ARM64_FEATURE_ISA_RNDR: u32 = 1 << 17;

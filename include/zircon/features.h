// SPDX-License-Identifier: MIT
// Kinds and bits of zx_system_get_features.

#ifndef LIBZX_ZIRCON_FEATURES_H_
#define LIBZX_ZIRCON_FEATURES_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Kinds of feature sets.
#define ZX_FEATURE_KIND_CPU 0u
#define ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT 1u
#define ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT 2u
#define ZX_FEATURE_KIND_ADDRESS_TAGGING 3u
#define ZX_FEATURE_KIND_VM 4u

// Bits on every processor.
#define ZX_HAS_CPU_FEATURES 1u

// Bits on aarch64.
#if defined(__aarch64__)
#define ZX_ARM64_FEATURE_ISA_FP (1u << 1u)
#define ZX_ARM64_FEATURE_ISA_ASIMD (1u << 2u)
#define ZX_ARM64_FEATURE_ISA_AES (1u << 3u)
#define ZX_ARM64_FEATURE_ISA_PMULL (1u << 4u)
#define ZX_ARM64_FEATURE_ISA_SHA1 (1u << 5u)
#define ZX_ARM64_FEATURE_ISA_SHA2 (1u << 6u)
#define ZX_ARM64_FEATURE_ISA_CRC32 (1u << 7u)
#define ZX_ARM64_FEATURE_ISA_ATOMICS (1u << 8u)
#define ZX_ARM64_FEATURE_ISA_RDM (1u << 9u)
#define ZX_ARM64_FEATURE_ISA_SHA3 (1u << 10u)
#define ZX_ARM64_FEATURE_ISA_SM3 (1u << 11u)
#define ZX_ARM64_FEATURE_ISA_SM4 (1u << 12u)
#define ZX_ARM64_FEATURE_ISA_DP (1u << 13u)
#define ZX_ARM64_FEATURE_ISA_DPB (1u << 14u)
#define ZX_ARM64_FEATURE_ISA_FHM (1u << 15u)
#define ZX_ARM64_FEATURE_ISA_TS (1u << 16u)
#define ZX_ARM64_FEATURE_ISA_RNDR (1u << 17u)
#endif

#endif  // LIBZX_ZIRCON_FEATURES_H_

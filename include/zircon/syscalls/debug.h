// SPDX-License-Identifier: MIT
// Register records of the thread state calls.

#ifndef LIBZX_ZIRCON_SYSCALLS_DEBUG_H_
#define LIBZX_ZIRCON_SYSCALLS_DEBUG_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

// Topics of `zx_thread_read_state`.
#define ZX_THREAD_STATE_GENERAL_REGS 0u
#define ZX_THREAD_STATE_FP_REGS 1u
#define ZX_THREAD_STATE_VECTOR_REGS 2u
#define ZX_THREAD_STATE_DEBUG_REGS 4u
#define ZX_THREAD_STATE_SINGLE_STEP 5u

// Most debug registers on aarch64.
#if defined(__aarch64__)
#define AARCH64_MAX_HW_BREAKPOINTS 16
#define AARCH64_MAX_HW_WATCHPOINTS 16
#endif

/// State of topic `ZX_THREAD_STATE_SINGLE_STEP`: 0 or 1.
typedef uint32_t zx_thread_state_single_step_t;

/// A topic of `zx_thread_read_state`.
typedef uint32_t zx_thread_state_topic_t;

#if defined(__x86_64__)
/// State of topic `ZX_THREAD_STATE_DEBUG_REGS`.
typedef struct zx_thread_state_debug_regs {
  uint64_t dr[4];
  uint64_t dr6;
  uint64_t dr7;
} zx_thread_state_debug_regs_t;
#endif

#if defined(__aarch64__)
/// State of topic `ZX_THREAD_STATE_DEBUG_REGS`.
typedef struct zx_thread_state_debug_regs {
  struct {
    uint32_t dbgbcr;
    /// Zero.
    uint8_t padding1[4];
    uint64_t dbgbvr;
  } hw_bps[16];
  struct {
    uint32_t dbgwcr;
    /// Zero.
    uint8_t padding1[4];
    uint64_t dbgwvr;
  } hw_wps[16];
  uint64_t far;
  uint32_t esr;
  uint8_t hw_bps_count;
  uint8_t hw_wps_count;
  /// Zero.
  uint8_t padding1[2];
} zx_thread_state_debug_regs_t;
#endif

#if defined(__x86_64__)
/// Record of `ZX_THREAD_STATE_FP_REGS`.
typedef struct __ALIGNED(16) zx_thread_state_fp_regs {
  uint16_t fcw;
  uint16_t fsw;
  uint8_t ftw;
  /// Zero.
  uint8_t reserved;
  uint16_t fop;
  uint64_t fip;
  uint64_t fdp;
  /// Zero.
  uint8_t padding1[8];
  struct {
    uint64_t low;
    uint64_t high;
  } st[8];
} zx_thread_state_fp_regs_t;
#endif

#if defined(__aarch64__)
/// Record of `ZX_THREAD_STATE_FP_REGS`.
typedef struct zx_thread_state_fp_regs {
  /// Zero.
  uint32_t unused;
} zx_thread_state_fp_regs_t;
#endif

#if defined(__x86_64__)
/// Record of `ZX_THREAD_STATE_GENERAL_REGS`.
typedef struct zx_thread_state_general_regs {
  uint64_t rax;
  uint64_t rbx;
  uint64_t rcx;
  uint64_t rdx;
  uint64_t rsi;
  uint64_t rdi;
  uint64_t rbp;
  uint64_t rsp;
  uint64_t r8;
  uint64_t r9;
  uint64_t r10;
  uint64_t r11;
  uint64_t r12;
  uint64_t r13;
  uint64_t r14;
  uint64_t r15;
  uint64_t rip;
  uint64_t rflags;
  uint64_t fs_base;
  uint64_t gs_base;
} zx_thread_state_general_regs_t;
#endif

#if defined(__aarch64__)
/// Record of `ZX_THREAD_STATE_GENERAL_REGS`.
typedef struct zx_thread_state_general_regs {
  uint64_t r[30];
  uint64_t lr;
  uint64_t sp;
  uint64_t pc;
  uint64_t cpsr;
  uint64_t tpidr;
} zx_thread_state_general_regs_t;
#endif

#if defined(__x86_64__)
/// Record of `ZX_THREAD_STATE_VECTOR_REGS`.
typedef struct zx_thread_state_vector_regs {
  struct {
    uint64_t v[8];
  } zmm[32];
  uint64_t opmask[8];
  uint32_t mxcsr;
  /// Zero.
  uint8_t padding1[4];
} zx_thread_state_vector_regs_t;
#endif

#if defined(__aarch64__)
/// Record of `ZX_THREAD_STATE_VECTOR_REGS`.
typedef struct zx_thread_state_vector_regs {
  uint32_t fpcr;
  uint32_t fpsr;
  struct {
    uint64_t low;
    uint64_t high;
  } v[32];
} zx_thread_state_vector_regs_t;
#endif

#ifdef LIBZX_OLDER_ABI
#include <libzx/older.h>
#endif

#endif  // LIBZX_ZIRCON_SYSCALLS_DEBUG_H_

// SPDX-License-Identifier: MIT
// Restricted mode, which Linux does not have.

#ifndef LIBZX_ZIRCON_SYSCALLS_RESTRICTED_H_
#define LIBZX_ZIRCON_SYSCALLS_RESTRICTED_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/exception.h>

// Reasons.
#define ZX_RESTRICTED_REASON_SYSCALL ((zx_restricted_reason_t)0ul)
#define ZX_RESTRICTED_REASON_EXCEPTION ((zx_restricted_reason_t)1ul)
#define ZX_RESTRICTED_REASON_KICK ((zx_restricted_reason_t)2ul)

// Options.
#define ZX_RESTRICTED_OPT_EXCEPTION_CHANNEL 1u

/// Why restricted mode was left.
typedef uint64_t zx_restricted_reason_t;

#if defined(__x86_64__)
/// The registers of restricted mode.
typedef struct zx_restricted_state {
  uint64_t rdi;
  uint64_t rsi;
  uint64_t rbp;
  uint64_t rbx;
  uint64_t rdx;
  uint64_t rcx;
  uint64_t rax;
  uint64_t rsp;
  uint64_t r8;
  uint64_t r9;
  uint64_t r10;
  uint64_t r11;
  uint64_t r12;
  uint64_t r13;
  uint64_t r14;
  uint64_t r15;
  uint64_t ip;
  uint64_t flags;
  uint64_t fs_base;
  uint64_t gs_base;
} zx_restricted_state_t;
#endif

#if defined(__x86_64__)
/// What a system call in restricted mode leaves.
typedef struct zx_restricted_syscall {
  zx_restricted_state_t state;
} zx_restricted_syscall_t;
#endif

#if defined(__x86_64__)
/// What an exception in restricted mode leaves.
typedef struct zx_restricted_exception {
  zx_restricted_state_t state;
  zx_exception_report_t exception;
} zx_restricted_exception_t;
#endif

#endif  // LIBZX_ZIRCON_SYSCALLS_RESTRICTED_H_

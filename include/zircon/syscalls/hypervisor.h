// SPDX-License-Identifier: MIT
// Traps and virtual CPU state.

#ifndef LIBZX_ZIRCON_SYSCALLS_HYPERVISOR_H_
#define LIBZX_ZIRCON_SYSCALLS_HYPERVISOR_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

// Kinds of traps.
#define ZX_GUEST_TRAP_BELL ((zx_guest_trap_t)0u)
#define ZX_GUEST_TRAP_MEM ((zx_guest_trap_t)1u)
#define ZX_GUEST_TRAP_IO ((zx_guest_trap_t)2u)

// Options of `zx_guest_create`.
#define ZX_GUEST_OPT_NORMAL ((zx_guest_option_t)0u)

// Kinds of virtual CPU state.
#define ZX_VCPU_STATE ((zx_vcpu_t)0u)
#define ZX_VCPU_IO ((zx_vcpu_t)1u)

/// A trap kind, one of `ZX_GUEST_TRAP_*`.
typedef uint32_t zx_guest_trap_t;

/// A kind of virtual CPU state, one of `ZX_VCPU_*`.
typedef uint32_t zx_vcpu_t;

/// Record of `ZX_VCPU_IO`.
typedef struct zx_vcpu_io {
  /// Size of the access in bytes: 1, 2 or 4.
  uint8_t access_size;
  /// Zero.
  uint8_t padding1[3];
  __extension__ union {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint8_t data[4];
  };
} zx_vcpu_io_t;

#if defined(__x86_64__)
/// Record of `ZX_VCPU_STATE`.
typedef struct zx_vcpu_state {
  uint64_t rax;
  uint64_t rcx;
  uint64_t rdx;
  uint64_t rbx;
  uint64_t rsp;
  uint64_t rbp;
  uint64_t rsi;
  uint64_t rdi;
  uint64_t r8;
  uint64_t r9;
  uint64_t r10;
  uint64_t r11;
  uint64_t r12;
  uint64_t r13;
  uint64_t r14;
  uint64_t r15;
  uint64_t rflags;
} zx_vcpu_state_t;
#endif

#if defined(__aarch64__)
/// Record of `ZX_VCPU_STATE`.
typedef struct zx_vcpu_state {
  uint64_t x[31];
  uint64_t sp;
  uint32_t cpsr;
  /// Zero.
  uint8_t padding1[4];
} zx_vcpu_state_t;
#endif

#endif  // LIBZX_ZIRCON_SYSCALLS_HYPERVISOR_H_

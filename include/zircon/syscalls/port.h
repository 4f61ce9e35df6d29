// SPDX-License-Identifier: MIT
// Packets.

#ifndef LIBZX_ZIRCON_SYSCALLS_PORT_H_
#define LIBZX_ZIRCON_SYSCALLS_PORT_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

// Packet types.
#define ZX_PKT_TYPE_MASK 0xffu
#define ZX_PKT_TYPE_USER ((uint8_t)0u)
#define ZX_PKT_TYPE_SIGNAL_ONE ((uint8_t)1u)
#define ZX_PKT_TYPE_GUEST_BELL ((uint8_t)3u)
#define ZX_PKT_TYPE_GUEST_MEM ((uint8_t)4u)
#define ZX_PKT_TYPE_GUEST_IO ((uint8_t)5u)
#define ZX_PKT_TYPE_GUEST_VCPU ((uint8_t)6u)
#define ZX_PKT_TYPE_INTERRUPT ((uint8_t)7u)
#define ZX_PKT_TYPE_PAGE_REQUEST ((uint8_t)9u)

// Options of `zx_object_wait_async`.
#define ZX_WAIT_ASYNC_ONCE 0u
#define ZX_WAIT_ASYNC_TIMESTAMP 1u
#define ZX_WAIT_ASYNC_EDGE 2u

// Kinds of virtual CPU packets.
#define ZX_PKT_GUEST_VCPU_INTERRUPT ((uint8_t)0u)
#define ZX_PKT_GUEST_VCPU_STARTUP ((uint8_t)1u)
#define ZX_PKT_GUEST_VCPU_EXIT 2u

// Commands of page requests.
#define ZX_PAGER_VMO_READ ((uint16_t)0u)
#define ZX_PAGER_VMO_COMPLETE ((uint16_t)1u)
#define ZX_PAGER_VMO_DIRTY ((uint16_t)2u)

// Options of `zx_port_create`.
#define ZX_PORT_BIND_TO_INTERRUPT 1u

// Longest x86 instruction, in bytes.
#if defined(__x86_64__)
#define X86_MAX_INST_LEN 15u
#endif

/// A packet type, one of `ZX_PKT_TYPE_*`.
typedef uint32_t zx_packet_type_t;

/// Payload of `ZX_PKT_TYPE_GUEST_BELL`.
typedef struct zx_packet_guest_bell {
  /// Guest-physical address written to.
  zx_gpaddr_t addr;
  /// Zero.
  uint64_t reserved0;
  /// Zero.
  uint64_t reserved1;
  /// Zero.
  uint64_t reserved2;
} zx_packet_guest_bell_t;

/// Payload of `ZX_PKT_TYPE_GUEST_IO`.
typedef struct zx_packet_guest_io {
  /// I/O port.
  uint16_t port;
  /// Size of the access in bytes: 1, 2 or 4.
  uint8_t access_size;
  /// 1 for a read of the port, 0 for a write.
  bool input;
  __extension__ union {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint8_t data[4];
  };
  /// Zero.
  uint64_t reserved0;
  /// Zero.
  uint64_t reserved1;
  /// Zero.
  uint64_t reserved2;
} zx_packet_guest_io_t;

#if (defined(__x86_64__) && !defined(LIBZX_LATER_ABI))
/// Payload of `ZX_PKT_TYPE_GUEST_MEM`.
typedef struct zx_packet_guest_mem {
  /// Guest-physical address accessed.
  zx_gpaddr_t addr;
  /// Bytes valid in `inst_buf`.
  uint8_t inst_len;
  /// The instruction that was trapped.
  uint8_t inst_buf[15];
  /// Operand size of the code segment, in bytes.
  uint8_t default_operand_size;
  /// Zero.
  uint8_t reserved[7];
} zx_packet_guest_mem_t;
#endif

#if (defined(__x86_64__) && defined(LIBZX_LATER_ABI))
/// Payload of `ZX_PKT_TYPE_GUEST_MEM` in the later generation.
typedef struct zx_packet_guest_mem {
  /// Guest-physical address accessed.
  zx_gpaddr_t addr;
  /// Root of the page tables.
  zx_gpaddr_t cr3;
  /// Linear address of the instruction that was trapped.
  zx_vaddr_t rip;
  /// Its length in bytes.
  uint8_t instruction_size;
  /// Operand size of the code segment, in bytes.
  uint8_t default_operand_size;
  /// Zero.
  uint8_t reserved[6];
} zx_packet_guest_mem_t;
#endif

#if defined(__aarch64__)
/// Payload of `ZX_PKT_TYPE_GUEST_MEM`.
typedef struct zx_packet_guest_mem {
  /// Guest-physical address accessed.
  zx_gpaddr_t addr;
  /// Size of the access in bytes: 1, 2 or 4.
  uint8_t access_size;
  bool sign_extend;
  uint8_t xt;
  bool read;
  /// Zero.
  uint8_t padding1[4];
  uint64_t data;
  /// Zero.
  uint64_t reserved;
} zx_packet_guest_mem_t;
#endif

#if defined(LIBZX_LATER_ABI)
/// Payload of `ZX_PKT_TYPE_GUEST_VCPU` in the later generation.
typedef struct zx_packet_guest_vcpu {
  /// One of `ZX_PKT_GUEST_VCPU_*`, which picks the member.
  uint32_t type;
  /// Zero.
  uint8_t padding1[4];
  __extension__ union {
    struct {
      /// Virtual CPUs the interrupt goes to.
      uint64_t mask;
      /// Interrupt vector.
      uint8_t vector;
      /// Zero.
      uint8_t padding1[7];
    } interrupt;
    struct {
      /// Virtual CPU to start.
      uint64_t id;
      /// Guest-physical address to start at.
      zx_gpaddr_t entry;
    } startup;
    /// Of `ZX_PKT_GUEST_VCPU_EXIT`, which only later Zircon sends.
    struct {
      /// What the guest ended with.
      int64_t retcode;
      /// Zero.
      uint64_t reserved;
    } exit;
  };
  /// Zero.
  uint64_t reserved;
} zx_packet_guest_vcpu_t;
#endif

#if !defined(LIBZX_LATER_ABI)
/// Payload of `ZX_PKT_TYPE_GUEST_VCPU`.
typedef struct zx_packet_guest_vcpu {
  __extension__ union {
    struct {
      /// Virtual CPUs the interrupt goes to.
      uint64_t mask;
      /// Interrupt vector.
      uint8_t vector;
      /// Zero.
      uint8_t padding1[7];
    } interrupt;
    struct {
      /// Virtual CPU to start.
      uint64_t id;
      /// Guest-physical address to start at.
      zx_gpaddr_t entry;
    } startup;
    /// Of `ZX_PKT_GUEST_VCPU_EXIT`, which only later Zircon sends.
    struct {
      /// What the guest ended with.
      int64_t retcode;
      /// Zero.
      uint64_t reserved;
    } exit;
  };
  /// One of `ZX_PKT_GUEST_VCPU_*`, which picks the member.
  uint8_t type;
  /// Zero.
  uint8_t padding1[7];
  /// Zero.
  uint64_t reserved;
} zx_packet_guest_vcpu_t;
#endif

/// Payload of `ZX_PKT_TYPE_INTERRUPT`.
typedef struct zx_packet_interrupt {
  zx_time_t timestamp;
  /// Zero.
  uint64_t reserved0;
  /// Zero.
  uint64_t reserved1;
  /// Zero.
  uint64_t reserved2;
} zx_packet_interrupt_t;

/// Payload of `ZX_PKT_TYPE_PAGE_REQUEST`.
typedef struct zx_packet_page_request {
  uint16_t command;
  uint16_t flags;
  /// Zero.
  uint32_t reserved0;
  uint64_t offset;
  uint64_t length;
  /// Zero.
  uint64_t reserved1;
} zx_packet_page_request_t;

/// Payload of `ZX_PKT_TYPE_SIGNAL_ONE`.
typedef struct zx_packet_signal {
  /// Signals waited for.
  zx_signals_t trigger;
  /// Signals of the object when the packet was made.
  zx_signals_t observed;
  /// Operations possible, at least 1.
  uint64_t count;
  /// Time of the signal, when asked for.
  zx_time_t timestamp;
  /// Zero.
  uint64_t reserved1;
} zx_packet_signal_t;

/// Payload of `ZX_PKT_TYPE_USER`: 32 bytes, seen as the sender likes.
typedef union zx_packet_user {
  uint64_t u64[4];
  uint32_t u32[8];
  uint16_t u16[16];
  uint8_t c8[32];
} zx_packet_user_t;

/// A packet of a port.
typedef struct zx_port_packet {
  /// Key given by the sender or when the wait was set up.
  uint64_t key;
  /// One of `ZX_PKT_TYPE_*`, which picks the payload.
  uint32_t type;
  /// Status the sender gave; `ZX_OK` in packets of objects.
  zx_status_t status;
  __extension__ union {
    zx_packet_user_t user;
    zx_packet_signal_t signal;
    zx_packet_guest_bell_t guest_bell;
    zx_packet_guest_mem_t guest_mem;
    zx_packet_guest_io_t guest_io;
    zx_packet_guest_vcpu_t guest_vcpu;
    zx_packet_interrupt_t interrupt;
    zx_packet_page_request_t page_request;
  };
} zx_port_packet_t;

// Which kind of packet a type says.
#define ZX_PKT_IS_USER(type) ((type) == ZX_PKT_TYPE_USER)
#define ZX_PKT_IS_SIGNAL_ONE(type) ((type) == ZX_PKT_TYPE_SIGNAL_ONE)
#define ZX_PKT_IS_GUEST_BELL(type) ((type) == ZX_PKT_TYPE_GUEST_BELL)
#define ZX_PKT_IS_GUEST_MEM(type) ((type) == ZX_PKT_TYPE_GUEST_MEM)
#define ZX_PKT_IS_GUEST_IO(type) ((type) == ZX_PKT_TYPE_GUEST_IO)
#define ZX_PKT_IS_GUEST_VCPU(type) ((type) == ZX_PKT_TYPE_GUEST_VCPU)
#define ZX_PKT_IS_INTERRUPT(type) ((type) == ZX_PKT_TYPE_INTERRUPT)
#define ZX_PKT_IS_PAGE_REQUEST(type) ((type) == ZX_PKT_TYPE_PAGE_REQUEST)

#endif  // LIBZX_ZIRCON_SYSCALLS_PORT_H_

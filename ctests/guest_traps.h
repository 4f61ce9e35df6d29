// SPDX-License-Identifier: MIT
// What the programs about traps have in common.

#ifndef CTESTS_GUEST_TRAPS_H_
#define CTESTS_GUEST_TRAPS_H_

#include "guest_fixture.h"

#include <semaphore.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)

// What zx_vcpu_read_state shows of the flags.
#define RFLAGS_USER 0x244dd5u
#define RFLAGS_ONE 0x2u
#define RFLAGS_IF 0x200u

static inline bool trap_page(const guest_fixture_t* f) {
  return gf_ok(
      zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY), "MEM");
}

static inline bool trap_ports(const guest_fixture_t* f) {
  return gf_ok(zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 8, 0, TRAP_KEY), "IO");
}

// Sixteen registers with values that all differ in every byte position, none
// of which is an address of the trapped page.
static inline void fill_registers(zx_vcpu_state_t* state, uint64_t seed) {
  uint64_t* registers = (uint64_t*)state;
  for (size_t i = 0; i < 16; i++) {
    registers[i] = (0x0101010101010101 * (i + 1)) ^ (0x8040201008040201 * (seed & 0x7f));
  }
  state->rflags = 0;
}

#define EXPECT_STATE(state, want) EXPECT_BYTES(state, want, sizeof(zx_vcpu_state_t))

// One packet for the next instruction of a blob of trapped instructions.
static inline bool expect_instruction(const guest_fixture_t* f, const char** at, uint64_t addr) {
  zx_port_packet_t packet;
  if (!gf_resume_mem(f, &packet, TRAP_KEY, addr)) {
    return false;
  }
  uint8_t length = packet.guest_mem.inst_len;
  EXPECT_TRUE(length >= 1 && length <= X86_MAX_INST_LEN);
  EXPECT_EQ(packet.guest_mem.default_operand_size, 4);
  EXPECT_BYTES(packet.guest_mem.inst_buf, *at, length);
  for (size_t i = length; i < sizeof(packet.guest_mem.inst_buf); i++) {
    EXPECT_EQ(packet.guest_mem.inst_buf[i], 0);
  }
  for (size_t i = 0; i < sizeof(packet.guest_mem.reserved); i++) {
    EXPECT_EQ(packet.guest_mem.reserved[i], 0);
  }
  *at += length;
  return true;
}

#endif  // CTESTS_GUEST_TRAPS_H_

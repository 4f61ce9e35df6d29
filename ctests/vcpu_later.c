// SPDX-License-Identifier: MIT
// The later generation beside the first: packets of zx_vcpu_enter for programs
// that define LIBZX_LATER_ABI (hypervisor.md, section 2.4).

#define LIBZX_LATER_ABI
#include "guest_fixture.h"

GUEST_CODE(later_mem);
GUEST_CODE(later_events);

TEST(later_packets_have_the_later_layout) {
  EXPECT_EQ(sizeof(zx_port_packet_t), 48u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_mem.addr), 16u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_mem.cr3), 24u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_mem.rip), 32u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_mem.instruction_size), 40u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_mem.default_operand_size), 41u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_vcpu.type), 16u);
  EXPECT_EQ(sizeof(((zx_port_packet_t*)0)->guest_vcpu.type), 4u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_vcpu.interrupt.mask), 24u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_vcpu.interrupt.vector), 32u);
  EXPECT_EQ(offsetof(zx_port_packet_t, guest_vcpu.startup.entry), 32u);
}

TEST(vcpu_enter_mem_packet_names_the_instruction) {
  GUEST(f, later_mem);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  zx_port_packet_t packet;
  memset(&packet, 0xa5, sizeof(packet));
  ASSERT_OK(zx_vcpu_enter(f.vcpu, &packet));
  EXPECT_EQ(packet.key, TRAP_KEY);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.guest_mem.addr, TRAP_ADDR);
  EXPECT_EQ(packet.guest_mem.cr3, 0u);
  EXPECT_EQ(packet.guest_mem.instruction_size, 12);
  EXPECT_EQ(packet.guest_mem.default_operand_size, 4);
  // One NOP goes before the store.
  EXPECT_EQ(packet.guest_mem.rip, (zx_vaddr_t)GUEST_ENTRY + 1);
  static const uint8_t zeros[sizeof(packet.guest_mem.reserved)];
  EXPECT_BYTES(packet.guest_mem.reserved, zeros, sizeof(zeros));
  gf_tear_down(&f);
}

TEST(vcpu_enter_event_packets_begin_with_the_type) {
  GUEST(f, later_events);
  zx_port_packet_t packet;
  ASSERT_OK(zx_vcpu_enter(f.vcpu, &packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_VCPU);
  EXPECT_EQ(packet.key, 0u);
  EXPECT_EQ(packet.guest_vcpu.type, ZX_PKT_GUEST_VCPU_INTERRUPT);
  EXPECT_EQ(packet.guest_vcpu.interrupt.mask, 1u << 2);
  EXPECT_EQ(packet.guest_vcpu.interrupt.vector, 0x66);
  ASSERT_OK(zx_vcpu_enter(f.vcpu, &packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_VCPU);
  EXPECT_EQ(packet.guest_vcpu.type, ZX_PKT_GUEST_VCPU_STARTUP);
  EXPECT_EQ(packet.guest_vcpu.startup.id, 3u);
  EXPECT_EQ(packet.guest_vcpu.startup.entry, 0x9a000u);
  gf_tear_down(&f);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Packets of the later layout hold the present CR3, also when the guest has
// stored many times with another one (hypervisor.md, section 2.4).

#define LIBZX_LATER_ABI 1
#include "guest_changes.h"

TEST(guest_changes_later_cr3_is_the_present_one) {
  CHANGES(f);
  put_turn(&f, PAGE_A, 0x89, STORE_EAX);
  put_turn(&f, PAGE_B, 0x89, STORE_EAX);
  zx_port_packet_t packet;
  zx_vcpu_state_t s;
  for (int i = 0; i < 200; i++) {
    const uint64_t root = i % 50 < 40 ? ROOT_A : ROOT_B;
    gf_read(&f, &s);
    s.rdi = root;
    gf_write(&f, &s);
    ASSERT_OK(zx_vcpu_enter(f.vcpu, &packet));
    EXPECT_EQ(packet.guest_mem.cr3, root);
    EXPECT_EQ(packet.guest_mem.rip, TURN + 3);
    EXPECT_EQ(packet.guest_mem.instruction_size, 7);
  }
  gf_tear_down(&f);
}

ZTEST_MAIN

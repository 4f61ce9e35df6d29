// SPDX-License-Identifier: MIT
// Packets tell the instruction that made the access even where another one was
// at the same place a moment ago: code that is written over, page tables that
// are changed, another set of tables (hypervisor.md, sections 5.2 and 11.6).

#include "guest_changes.h"

// One turn with these tables; it must make the access of this instruction.
static void expect_turn(const guest_fixture_t* f, uint64_t root, uint8_t opcode, uint8_t operands) {
  zx_vcpu_state_t s;
  gf_read(f, &s);
  s.rdi = root;
  s.rax = 0x1111;
  s.rcx = 0x2222;
  gf_write(f, &s);
  zx_port_packet_t packet;
  ASSERT_OK(zx_vcpu_resume(f->vcpu, &packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.key, TRAP_KEY);
  EXPECT_EQ(packet.guest_mem.inst_len, 7);
  EXPECT_EQ(packet.guest_mem.inst_buf[0], opcode);
  EXPECT_EQ(packet.guest_mem.inst_buf[1], operands);
}

// Twice each, so that what was found the first time is met again.
TEST(guest_changes_code_written_over) {
  CHANGES(f);
  for (int i = 0; i < 6; i++) {
    const uint8_t operands = i / 2 % 2 ? STORE_ECX : STORE_EAX;
    put_turn(&f, PAGE_A, 0x89, operands);
    expect_turn(&f, ROOT_A, 0x89, operands);
  }
  gf_tear_down(&f);
}

TEST(guest_changes_tables_written_over) {
  CHANGES(f);
  put_turn(&f, PAGE_A, 0x89, STORE_EAX);
  put_turn(&f, PAGE_B, 0x89, STORE_ECX);
  for (uint64_t i = 0; i < 6; i++) {
    const bool b = i / 2 % 2;
    // The guest's load of CR3 makes the processor forget the old entry, and is
    // in both pages: the turn after the next one is sure to be the new one.
    gf_poke64(&f, PD_ENTRY(PD_ADDR), (b ? PAGE_B : PAGE_A) | PTE_ALL | PTE_LARGE);
    expect_turn(&f, ROOT_A, 0x89, b ? STORE_ECX : STORE_EAX);
  }
  gf_tear_down(&f);
}

TEST(guest_changes_other_tables) {
  CHANGES(f);
  put_turn(&f, PAGE_A, 0x89, STORE_EAX);
  put_turn(&f, PAGE_B, 0x89, STORE_ECX);
  for (uint64_t i = 0; i < 12; i++) {
    const bool b = i / 2 % 2;
    expect_turn(&f, b ? ROOT_B : ROOT_A, 0x89, b ? STORE_ECX : STORE_EAX);
  }
  gf_tear_down(&f);
}

// After many stores with one set of tables, too.
TEST(guest_changes_other_tables_after_long) {
  CHANGES(f);
  put_turn(&f, PAGE_A, 0x89, STORE_EAX);
  put_turn(&f, PAGE_B, 0x89, STORE_ECX);
  for (uint64_t i = 0; i < 200; i++) {
    const bool b = i % 50 >= 40;
    expect_turn(&f, b ? ROOT_B : ROOT_A, 0x89, b ? STORE_ECX : STORE_EAX);
  }
  gf_tear_down(&f);
}

// What is read goes where this load wants it, not where the last one did.
TEST(guest_changes_other_loads) {
  CHANGES(f);
  put_turn(&f, PAGE_A, 0x8b, STORE_EAX);
  put_turn(&f, PAGE_B, 0x8b, STORE_ECX);
  zx_vcpu_state_t s;
  expect_turn(&f, ROOT_A, 0x8b, STORE_EAX);  // its way there uses RAX
  for (uint64_t i = 0; i < 12; i++) {
    const bool b = i / 2 % 2;
    expect_turn(&f, b ? ROOT_B : ROOT_A, 0x8b, b ? STORE_ECX : STORE_EAX);
    gf_read(&f, &s);
    EXPECT_EQ(s.rax, 0x1111);
    EXPECT_EQ(s.rcx, 0x2222);
  }
  gf_tear_down(&f);
}

// OUT becomes OUTSB, which is not supported, and OUT again.
TEST(guest_changes_port_instruction) {
  CHANGES(f);
  // mov %rdi, %cr3; out %al, $TRAP_PORT; jmp back.
  uint8_t code[] = {0x0f, 0x22, 0xdf, 0xe6, TRAP_PORT, 0xeb, 0xf9};
  uint8_t* turn = (uint8_t*)(f.host + TURN);
  memcpy(turn, code, sizeof(code));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 1, ZX_HANDLE_INVALID, TRAP_KEY));
  zx_port_packet_t packet;
  zx_vcpu_state_t s;
  gf_read(&f, &s);
  s.rdx = TRAP_PORT;
  s.rsi = DATA_ADDR;
  gf_write(&f, &s);
  for (int i = 0; i < 3; i++) {
    ASSERT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
  }
  const uint8_t outsb_nop[] = {0x6e, 0x90};
  memcpy(turn + 3, outsb_nop, sizeof(outsb_nop));
  EXPECT_EQ(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_NOT_SUPPORTED);
  memcpy(turn, code, sizeof(code));
  for (int i = 0; i < 3; i++) {
    ASSERT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
  }
  gf_tear_down(&f);
}

ZTEST_MAIN

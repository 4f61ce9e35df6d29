// SPDX-License-Identifier: MIT
// Instructions that KVM starts again and again when what they access is trapped or
// not there: a run does not last for ever (hypervisor.md, sections 4, 5.2 and 5.6).

#include "guest_traps.h"

#include <pthread.h>

GUEST_CODE(stall_jump);

#define SPOT 0x340000u
#define CODE_AT 0x301000u
#define TABLE_REGISTER 0x302000u  // what LGDT loads

typedef struct stall_case {
  const char* name;
  const char* bytes;
  uint8_t size;
} stall_case_t;

static const stall_case_t cases[] = {
    {"SGDT", "\x0f\x01\x03", 3},  {"SIDT", "\x0f\x01\x0b", 3},   {"LGDT", "\x0f\x01\x13", 3},
    {"LIDT", "\x0f\x01\x1b", 3},  {"FXSAVE", "\x0f\xae\x03", 3}, {"FXRSTOR", "\x0f\xae\x0b", 3},
    {"STR", "\x0f\x00\x0b", 3},   {"SMSW", "\x0f\x01\x23", 3},   {"STMXCSR", "\x0f\xae\x1b", 3},
    {"FNSTCW", "\xd9\x3b", 2},
};

static const uint8_t out[] = {0xe6, TRAP_PORT};

static bool stall_set_up(guest_fixture_t* f, const char* bytes, size_t size) {
  if (!gf_set_up(f, stall_jump_start, stall_jump_end) || !trap_ports(f)) return false;
  // CR4.OSFXSR first: MOV RAX, CR4; OR EAX, 0x200; MOV CR4, RAX.
  static const uint8_t enable[] = {0x0f, 0x20, 0xe0, 0x0d, 0, 2, 0, 0, 0x0f, 0x22, 0xe0};
  const uint64_t host = f->host + CODE_AT;
  memcpy((void*)host, enable, sizeof(enable));
  memcpy((void*)(host + sizeof(enable)), out, sizeof(out));
  memcpy((void*)(host + sizeof(enable) + sizeof(out)), bytes, size);
  memcpy((void*)(host + sizeof(enable) + sizeof(out) + size), out, sizeof(out));
  zx_vcpu_state_t state;
  fill_registers(&state, 5);
  state.rbx = CODE_AT;
  gf_write(f, &state);
  zx_port_packet_t packet;
  if (!EXPECT_OK(zx_vcpu_resume(f->vcpu, &packet))) return false;
  state.rbx = SPOT;
  state.rdi = TABLE_REGISTER;
  gf_write(f, &state);
  return true;
}

static bool stall_at_end(const guest_fixture_t* f) {
  zx_port_packet_t packet;
  return EXPECT_OK(zx_vcpu_resume(f->vcpu, &packet)) &&
         EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
}

TEST(guest_stall_on_a_trap_is_a_packet) {
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(stall_set_up(&f, cases[i].bytes, cases[i].size));
    EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, SPOT, PAGE_BYTES, 0, TRAP_KEY));
    zx_vcpu_state_t before, after;
    gf_read(&f, &before);
    zx_port_packet_t packet;
    if (EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet))) {
      EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
      EXPECT_EQ(packet.guest_mem.addr, SPOT);
      EXPECT_EQ(packet.guest_mem.inst_len, cases[i].size);
      EXPECT_BYTES(packet.guest_mem.inst_buf, cases[i].bytes, cases[i].size);
      gf_read(&f, &after);
      EXPECT_STATE(&after, &before);
      EXPECT_TRUE(stall_at_end(&f));
    }
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

TEST(guest_stall_in_a_hole_is_not_found) {
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(stall_set_up(&f, cases[i].bytes, cases[i].size));
    EXPECT_OK(zx_vmar_unmap(f.vmar, SPOT, PAGE_BYTES));
    zx_vcpu_state_t before, after;
    gf_read(&f, &before);
    gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
    gf_read(&f, &after);
    EXPECT_STATE(&after, &before);
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

// A segment's descriptor in a hole; it is loaded once there is a table.
TEST(guest_stall_on_a_descriptor_is_not_found) {
  REQUIRE_GUEST();
  // LGDT [RDI]; MOV EAX, 0x10; MOV DS, EAX.
  static const char load[] = "\x0f\x01\x17\xb8\x10\0\0\0\x8e\xd8";
  guest_fixture_t f;
  ASSERT_TRUE(stall_set_up(&f, load, sizeof(load) - 1));
  gf_poke64(&f, TABLE_REGISTER, 0xff | (uint64_t)SPOT << 16);
  gf_poke64(&f, TABLE_REGISTER + 8, 0);
  gf_poke64(&f, SPOT + 0x10, 0x00cf92000000ffff);
  zx_vaddr_t at;
  EXPECT_OK(zx_vmar_unmap(f.vmar, SPOT, PAGE_BYTES));
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_vmar_map(f.vmar, RW | ZX_VM_SPECIFIC, SPOT, f.vmo, SPOT, PAGE_BYTES, &at));
  EXPECT_TRUE(stall_at_end(&f));
  gf_tear_down(&f);
}

// What loads a segment register that does not exist reads the trap, and is #UD, for
// which there is no handler here.
TEST(guest_stall_no_instruction_is_an_exception) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(stall_set_up(&f, "\x8e\x3b", 2));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, SPOT, PAGE_BYTES, 0, TRAP_KEY));
  gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
  gf_tear_down(&f);
}

// After the guest has been looked at several times.
static void* kick_later(void* vcpu) {
  zx_nanosleep(zx_deadline_after(ZX_MSEC(300)));
  EXPECT_OK(zx_vcpu_kick(*(zx_handle_t*)vcpu));
  return NULL;
}

// A guest that only computes, or only jumps to itself, runs until it is kicked.
TEST(guest_stall_is_not_taken_for_a_loop) {
  REQUIRE_GUEST();
  static const stall_case_t loops[] = {{"JMP to itself", "\xeb\xfe", 2},
                                       {"loop with a store", "\x89\x03\xeb\xfc", 4},
                                       {"loop with PAUSE", "\xf3\x90\xeb\xfc", 4}};
  for (size_t i = 0; i < COUNT(loops); i++) {
    ztest_note = loops[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(stall_set_up(&f, loops[i].bytes, loops[i].size));
    pthread_t thread;
    ASSERT_TRUE(pthread_create(&thread, NULL, kick_later, &f.vcpu) == 0);
    gf_resume_fails(&f, ZX_ERR_CANCELED);
    pthread_join(thread, NULL);
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

ZTEST_MAIN

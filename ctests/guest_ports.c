// SPDX-License-Identifier: MIT
// Port traps (hypervisor.md, section 5.4).

#include "guest_traps.h"

GUEST_CODE(io);
GUEST_CODE(untrapped_ports);
GUEST_CODE(outs);
GUEST_CODE(rep_outs);
GUEST_CODE(ins);
GUEST_CODE(rep_ins);

// --- IO traps -----------------------------------------------------------------

TEST(vcpu_resume_io_all_sizes_both_directions) {
  static const struct {
    uint16_t port;
    uint8_t size;
    bool input;
  } cases[] = {
      {TRAP_PORT, 1, false},     {TRAP_PORT, 2, false},     {TRAP_PORT, 4, false},
      {TRAP_PORT + 3, 1, false}, {TRAP_PORT + 3, 2, false}, {TRAP_PORT + 3, 4, false},
      {TRAP_PORT, 1, true},      {TRAP_PORT, 2, true},      {TRAP_PORT, 4, true},
      {TRAP_PORT + 3, 1, true},  {TRAP_PORT + 3, 2, true},  {TRAP_PORT + 3, 4, true},
  };
  for (int answered = 0; answered < 2; answered++) {
    GUEST(f, io);
    ASSERT_TRUE(trap_ports(&f));
    zx_vcpu_state_t want, state;
    fill_registers(&want, 9);
    want.rax = 0x8899aabbccddeeff;
    want.rdx = TRAP_PORT + 3;
    gf_write(&f, &want);
    for (size_t i = 0; i < COUNT(cases); i++) {
      zx_port_packet_t packet, expected;
      memset(&packet, 0xa5, sizeof(packet));
      if (!EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet))) break;
      memset(&expected, 0, sizeof(expected));
      expected.key = TRAP_KEY;
      expected.type = ZX_PKT_TYPE_GUEST_IO;
      expected.guest_io.port = cases[i].port;
      expected.guest_io.access_size = cases[i].size;
      expected.guest_io.input = cases[i].input;
      if (!cases[i].input) memcpy(expected.guest_io.data, &want.rax, cases[i].size);
      EXPECT_BYTES(&packet, &expected, sizeof(packet));

      // A 4-byte input has cleared RAX, the others left it alone.
      if (cases[i].input && cases[i].size == 4) want.rax = 0;
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
      if (cases[i].input && answered) {
        zx_vcpu_io_t io;
        memset(&io, 0xee, sizeof(io));
        io.access_size = cases[i].size;
        io.u32 = 0x1a2b3c4d + (uint32_t)i;
        EXPECT_OK(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io)));
        memcpy(&want.rax, io.data, io.access_size);
        if (i % 2 == 0) {  // the other half finds out at the next exit
          gf_read(&f, &state);
          EXPECT_STATE(&state, &want);
        }
      }
    }
    RESUME_CLEAN_EXIT(&f);
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
    gf_tear_down(&f);
  }
}

// NOT_FOUND as often as the program asks; a trap set then gets the access.
TEST(vcpu_resume_io_untrapped_not_found_then_trap) {
  static const struct {
    uint16_t port;
    uint8_t size;
    bool input;
  } cases[] = {
      {0x21, 1, false}, {0x23, 2, false}, {0x25, 1, true}, {0x27, 4, true}, {0x3f8, 4, false}};
  GUEST(f, untrapped_ports);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 10);
  want.rdx = 0x3f8;
  gf_write(&f, &want);
  for (size_t i = 0; i < COUNT(cases); i++) {
    for (int again = 0; again < 2; again++) {
      gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, cases[i].port, 1, 0, TRAP_KEY + i));
    zx_port_packet_t packet;
    ASSERT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_EQ(packet.key, TRAP_KEY + i);
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
    EXPECT_EQ(packet.guest_io.port, cases[i].port);
    EXPECT_EQ(packet.guest_io.access_size, cases[i].size);
    EXPECT_EQ(packet.guest_io.input, cases[i].input);
    if (cases[i].input && cases[i].size == 4) want.rax = 0;
  }
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  gf_tear_down(&f);
}

TEST(vcpu_resume_io_string_not_supported) {
  static const struct {
    const char* name;
    const char* start;
    const char* end;
  } cases[] = {{"OUTSB", outs_start, outs_end},
               {"REP OUTSB", rep_outs_start, rep_outs_end},
               {"INSB", ins_start, ins_end},
               {"REP INSD", rep_ins_start, rep_ins_end}};
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, cases[i].start, cases[i].end));
    ASSERT_TRUE(trap_ports(&f));
    zx_vcpu_state_t want, state;
    fill_registers(&want, 11);
    want.rdx = TRAP_PORT;
    want.rsi = want.rdi = DATA_ADDR;
    want.rcx = 3;
    gf_write(&f, &want);
    for (int again = 0; again < 3; again++) {
      gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

ZTEST_MAIN

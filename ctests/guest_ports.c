// SPDX-License-Identifier: MIT
// Port traps (hypervisor.md, section 5.4).

#include "guest_traps.h"

GUEST_CODE(io);
GUEST_CODE(untrapped_ports);
GUEST_CODE(outs);
GUEST_CODE(rep_outs);
GUEST_CODE(ins);
GUEST_CODE(rep_ins);
GUEST_CODE(jump);

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

#define CODE_PAGE 0x301000
#define REP_ENDS 1u  // the count is 1

typedef struct port_code {
  const char* name;
  const char* bytes;
  uint8_t size;    // of `bytes`
  uint16_t start;  // in the page of the code, or before it
  uint8_t lead;    // ordinary instructions that come first: a packet each
  bool string;     // and then a string instruction
  uint32_t options;
} port_code_t;

// What the instructions next to a port instruction look like, and whether they
// can be read, says nothing about it. Both neighbours of the code's page are
// trapped.
TEST(vcpu_resume_io_strings_are_known_wherever_they_are) {
  static const port_code_t cases[] = {
      {"OUTSB first", "\x6e\xf4", 2, 0, 0, true, 0},
      {"OUTSL first", "\x6f\xf4", 2, 0, 0, true, 0},
      {"INSB first", "\x6c\xf4", 2, 0, 0, true, 0},
      {"REP OUTSB first", "\xf3\x6e\xf4", 3, 0, 0, true, 0},
      {"REP OUTSB first, once", "\xf3\x6e\xf4", 3, 0, 0, true, REP_ENDS},
      {"REP OUTSW once", "\x66\xf3\x6f\xf4", 4, 0x80, 0, true, REP_ENDS},
      {"REP INSB first, once", "\xf3\x6c\xf4", 3, 0, 0, true, REP_ENDS},
      {"OUTSB second", "\x90\x6e\xf4", 3, 0, 0, true, 0},
      {"OUTSB last", "\x6e", 1, 0xfff, 0, true, 0},
      {"INSB last", "\x6c", 1, 0xfff, 0, true, 0},
      {"REP OUTSB last", "\xf3\x6e", 2, 0xffe, 0, true, 0},
      {"REP OUTSB last, once", "\xf3\x6e", 2, 0xffe, 0, true, REP_ENDS},
      {"OUTSB before OUT", "\x6e\xee", 2, 0x100, 0, true, 0},
      {"INSB before IN", "\x6c\xec", 2, 0x100, 0, true, 0},
      {"OUT before OUTSB", "\xee\x6e", 2, 0x100, 1, true, 0},
      {"OUT first, before OUTSB", "\xee\x6e", 2, 0, 1, true, 0},
      {"IN before INSB", "\xec\x6c", 2, 0x100, 1, true, 0},
      {"IN last but one, INSB last", "\xec\x6c", 2, 0xffe, 1, true, 0},
      {"OUT immediate before OUTSB", "\xe6\x11\x6e", 3, 0x100, 1, true, 0},
      {"OUT twice", "\xee\xee\x6e", 3, 0, 2, true, 0},
      {"data like OUTSB before OUT", "\xb1\x6e\xee\x6e", 4, 0x100, 1, true, 0},
      {"data like OUTSB before IN", "\xb1\x6c\xec\x6e", 4, 0x100, 1, true, 0},
      {"data like OUT before OUTSB", "\xb1\xee\x6e", 3, 0x100, 0, true, 0},
      {"data like REP before OUTSB", "\x40\xb5\xf3\x6e", 4, 0x100, 0, true, 0},
  };
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    const port_code_t* c = &cases[i];
    ztest_note = c->name;
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, jump_start, jump_end));
    ASSERT_TRUE(trap_ports(&f));
    memcpy((void*)(f.host + CODE_PAGE + c->start), c->bytes, c->size);
    for (uint64_t gpa = CODE_PAGE - PAGE_BYTES; gpa <= CODE_PAGE + PAGE_BYTES; gpa += 2 * PAGE_BYTES) {
      EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, gpa, PAGE_BYTES, 0, 1));
    }
    zx_vcpu_state_t want, state;
    fill_registers(&want, 12);
    want.rax = 0x77;
    want.rbx = CODE_PAGE + c->start;
    want.rdx = TRAP_PORT;
    want.rsi = want.rdi = DATA_ADDR + 0x800;
    want.rcx = c->options & REP_ENDS ? 1 : 0x303;
    memset((void*)(f.host + DATA_ADDR), 0x77, PAGE_BYTES);  // what OUT writes, too
    gf_write(&f, &want);
    for (uint8_t lead = 0; lead < c->lead; lead++) {
      zx_port_packet_t packet;
      ASSERT_OK(zx_vcpu_resume(f.vcpu, &packet));
      EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
      EXPECT_EQ(packet.guest_io.access_size, 1);
      EXPECT_EQ(packet.guest_io.port, TRAP_PORT);
    }
    gf_read(&f, &state);
    want.rcx = c->bytes[0] == '\xb1' ? (want.rcx & ~0xffull) | (uint8_t)c->bytes[1] : want.rcx;
    if (c->lead) EXPECT_STATE(&state, &want);
    for (int again = 0; c->string && again < 3; again++) {
      gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
      gf_read(&f, &state);
      if (c->bytes[0] == '\x40') state.rbp = want.rbp;
      EXPECT_STATE(&state, &want);
    }
    for (size_t at = 0; at < PAGE_BYTES; at += 8) {
      EXPECT_EQ(gf_peek64(&f, DATA_ADDR + at), 0x7777777777777777);
    }
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

// Put back to before its instruction, whatever stands there.
TEST(vcpu_resume_io_untrapped_is_retried_wherever_it_is) {
  static const struct {
    const char* name;
    const char* bytes;
    uint8_t size;
    uint16_t start;
  } cases[] = {
      {"OUT first", "\xee\xf4", 2, 0},
      {"OUT immediate first", "\xe6\x21\xf4", 3, 0},
      {"OUTW first", "\x66\xef\xf4", 3, 0},
      {"OUT last", "\xee", 1, 0xfff},
      {"OUT immediate last", "\xe6\x21", 2, 0xffe},
      {"IN last", "\xec", 1, 0xfff},
      {"OUTL behind what looks like a prefix", "\xb1\x66\xef\xf4", 4, 0x80},
      {"OUT behind what looks like an immediate form", "\xb1\xe6\xee\xf4", 4, 0x80},
      {"OUTSB's code as a port", "\xe6\x6e\xf4", 3, 0x80},
  };
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, jump_start, jump_end));
    memcpy((void*)(f.host + CODE_PAGE + cases[i].start), cases[i].bytes, cases[i].size);
    for (uint64_t gpa = CODE_PAGE - PAGE_BYTES; gpa <= CODE_PAGE + PAGE_BYTES; gpa += 2 * PAGE_BYTES) {
      EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, gpa, PAGE_BYTES, 0, 1));
    }
    zx_vcpu_state_t want, state;
    fill_registers(&want, 13);
    want.rbx = CODE_PAGE + cases[i].start;
    want.rdx = 0x21;
    gf_write(&f, &want);
    const bool loads = cases[i].bytes[0] == '\xb1';
    if (loads) want.rcx = (want.rcx & ~0xffull) | (uint8_t)cases[i].bytes[1];
    for (int again = 0; again < 3; again++) {
      gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, 0x20, 0x60, 0, TRAP_KEY));
    zx_port_packet_t packet;
    EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

ZTEST_MAIN

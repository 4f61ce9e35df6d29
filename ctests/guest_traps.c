// SPDX-License-Identifier: MIT
// Traps, their completion, and interrupts, beyond the reference tests
// (hypervisor.md, sections 5, 8 and 13.7).

#include "guest_fixture.h"

#include <semaphore.h>
#include <stddef.h>

GUEST_CODE(loads);
GUEST_CODE(stores);
GUEST_CODE(read_modify_write);
GUEST_CODE(compares);
GUEST_CODE(strings);
GUEST_CODE(crossing);
GUEST_CODE(io);
GUEST_CODE(every_kind);
GUEST_CODE(every_kind_interrupted);
GUEST_CODE(hole_store);
GUEST_CODE(hole_store_register);
GUEST_CODE(hole_load);
GUEST_CODE(hole_add);
GUEST_CODE(hole_jump);
GUEST_CODE(untrapped_ports);
GUEST_CODE(outs);
GUEST_CODE(rep_outs);
GUEST_CODE(ins);
GUEST_CODE(rep_ins);
GUEST_CODE(triple_fault);
GUEST_CODE(bell_read);
GUEST_CODE(bells);
GUEST_CODE(bell_sizes);
GUEST_CODE(interrupts_off);
GUEST_CODE(interrupts_return);
GUEST_CODE(hlt_interrupts_off);
GUEST_CODE(store_loop);
GUEST_CODE(code_sizes);
GUEST_CODE(user_mode);
extern const char code_sizes_32[], code_sizes_16[], user_mode_user[];

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RW (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)

// What zx_vcpu_read_state shows of the flags.
#define RFLAGS_USER 0x244dd5u
#define RFLAGS_ONE 0x2u
#define RFLAGS_IF 0x200u

static bool trap_page(const guest_fixture_t* f) {
  return gf_ok(
      zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY), "MEM");
}

static bool trap_ports(const guest_fixture_t* f) {
  return gf_ok(zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 8, 0, TRAP_KEY), "IO");
}

// Sixteen registers with values that all differ in every byte position, none
// of which is an address of the trapped page.
static void fill_registers(zx_vcpu_state_t* state, uint64_t seed) {
  uint64_t* registers = (uint64_t*)state;
  for (size_t i = 0; i < 16; i++) {
    registers[i] = (0x0101010101010101 * (i + 1)) ^ (0x8040201008040201 * (seed & 0x7f));
  }
  state->rflags = 0;
}

#define EXPECT_STATE(state, want) EXPECT_BYTES(state, want, sizeof(zx_vcpu_state_t))

// One packet for the next instruction of a blob of trapped instructions.
static bool expect_instruction(const guest_fixture_t* f, const char** at, uint64_t addr) {
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

// --- MEM traps ------------------------------------------------------------

// Each load leaves the registers alone, takes the value that the program puts
// there, and is followed by exactly the next instruction.
TEST(vcpu_resume_mem_load_all_sizes) {
  static const struct {
    uint64_t addr;
    size_t offset;  // of the destination in zx_vcpu_state_t
    uint8_t size;
  } cases[] = {
      {TRAP_ADDR + 0x10, offsetof(zx_vcpu_state_t, rbx), 1},
      {TRAP_ADDR + 0x22, offsetof(zx_vcpu_state_t, rcx), 2},
      {TRAP_ADDR + 0x34, offsetof(zx_vcpu_state_t, rdx), 4},
      {TRAP_ADDR + 0x48, offsetof(zx_vcpu_state_t, rsi), 8},
      {TRAP_ADDR + 0x57, offsetof(zx_vcpu_state_t, r9), 1},
      {TRAP_ADDR + 0x61, offsetof(zx_vcpu_state_t, r10), 2},
      {TRAP_ADDR + 0x73, offsetof(zx_vcpu_state_t, r11), 4},
      {TRAP_ADDR + 0x85, offsetof(zx_vcpu_state_t, r12), 8},
      {TRAP_ADDR + 0x91, offsetof(zx_vcpu_state_t, rdi), 4},
      {TRAP_ADDR + 0xa0, offsetof(zx_vcpu_state_t, rbp), 4},
      {TRAP_ADDR + 0x108, offsetof(zx_vcpu_state_t, rax), 4},
      {TRAP_ADDR + 0x100 + 8 * 3, offsetof(zx_vcpu_state_t, r13), 8},
  };
  GUEST(f, loads);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 1);
  want.r15 = TRAP_ADDR + 0x100;
  want.r14 = 3;
  gf_write(&f, &want);
  const char* at = loads_start;
  for (size_t i = 0; i < COUNT(cases); i++) {
    if (!expect_instruction(&f, &at, cases[i].addr)) break;
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);

    // Loads of 1 and 2 bytes keep the upper bytes, 4 bytes clear them.
    uint64_t value = 0xf0e0d0c0b0a09080 + i;
    uint8_t* destination = (uint8_t*)&want + cases[i].offset;
    if (cases[i].size == 4) memset(destination, 0, 8);
    memcpy(destination, &value, cases[i].size);
    gf_write(&f, &want);
  }
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(at - loads_start, loads_end - loads_start - EXIT_INST_LEN);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  gf_tear_down(&f);
}

// Nobody answers the load: it has vanished.
TEST(vcpu_resume_mem_load_unanswered_registers_kept) {
  GUEST(f, loads);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 2);
  want.r15 = TRAP_ADDR + 0x100;
  want.r14 = 3;
  gf_write(&f, &want);
  zx_port_packet_t packet;
  for (int i = 0; i < 12; i++) {
    EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_EQ(packet.key, TRAP_KEY);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  gf_tear_down(&f);
}

TEST(vcpu_resume_mem_store_all_sizes) {
  static const uint64_t addresses[] = {0x10, 0x20, 0x30, 0x40,  0x50,  0x60, 0x70, 0x80, 0x91,
                                       0xa3, 0xb5, 0xc7, 0x104, 0x200, 0x118, 0xd0, 0xff8};
  GUEST(f, stores);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 3);
  want.r15 = TRAP_ADDR + 0x100;
  want.r14 = 3;
  gf_write(&f, &want);
  const char* at = stores_start;
  for (size_t i = 0; i < COUNT(addresses); i++) {
    if (!expect_instruction(&f, &at, TRAP_ADDR + addresses[i])) break;
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
  }
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(at - stores_start, stores_end - stores_start - EXIT_INST_LEN);
  // The page that the trap unmapped got none of it.
  for (uint64_t i = 0; i < PAGE_BYTES; i += 8) {
    if (gf_peek64(&f, TRAP_ADDR + i) != 0) {
      EXPECT_EQ(gf_peek64(&f, TRAP_ADDR + i), 0);
      break;
    }
  }
  gf_tear_down(&f);
}

TEST(vcpu_resume_mem_read_modify_write_one_packet) {
  static const uint64_t addresses[] = {0x10, 0x21, 0x30, 0x40, 0x50, 0x60, 0x70};
  GUEST(f, read_modify_write);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 4);
  gf_write(&f, &want);
  const char* at = read_modify_write_start;
  for (size_t i = 0; i < COUNT(addresses); i++) {
    if (!expect_instruction(&f, &at, TRAP_ADDR + addresses[i])) break;
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
  }
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(at - read_modify_write_start,
            read_modify_write_end - read_modify_write_start - EXIT_INST_LEN);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  gf_tear_down(&f);
}

// Flags stay as they were until the program writes them, with bit 1 set.
TEST(vcpu_resume_mem_compare_flags_written_by_program) {
  static const uint64_t addresses[] = {0x10, 0x20, 0x30};
  GUEST(f, compares);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 5);
  want.rflags = RFLAGS_ONE | 0x8d5;  // OF SF ZF AF PF CF
  gf_write(&f, &want);
  want.rflags = 0x8d5;
  const char* at = compares_start;
  for (size_t i = 0; i < COUNT(addresses); i++) {
    if (!expect_instruction(&f, &at, TRAP_ADDR + addresses[i])) break;
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
    // A write without bit 1 leaves the flags alone, one with it sets them.
    state.rflags = i == 0 ? 0 : RFLAGS_ONE | RFLAGS_CF;
    gf_write(&f, &state);
    if (i > 0) want.rflags = RFLAGS_CF;
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  gf_tear_down(&f);
}

// Also a repeated string instruction is skipped as a whole.
TEST(vcpu_resume_mem_string_one_packet) {
  GUEST(f, strings);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 6);
  want.rcx = 5;
  want.rdi = TRAP_ADDR + 0x40;
  want.rsi = TRAP_ADDR + 0x80;
  gf_write(&f, &want);
  const char* at = strings_start;
  for (int i = 0; i < 5; i++) {
    if (!expect_instruction(&f, &at, i < 4 ? want.rdi : want.rsi)) break;
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
  }
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(at - strings_start, strings_end - strings_start - EXIT_INST_LEN);
  gf_tear_down(&f);
}

TEST(vcpu_resume_mem_access_across_pages_one_packet) {
  GUEST(f, crossing);
  ASSERT_TRUE(trap_page(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 7);
  gf_write(&f, &want);
  const char* at = crossing_start;
  EXPECT_TRUE(expect_instruction(&f, &at, TRAP_ADDR + 0xffc));
  EXPECT_TRUE(expect_instruction(&f, &at, TRAP_ADDR + 0xffd));
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  gf_tear_down(&f);
}

TEST(vcpu_resume_mem_default_operand_size_of_code_segment) {
  GUEST(f, code_sizes);
  ASSERT_TRUE(trap_page(&f));
  static const struct {
    const char* at;
    size_t skip;
    uint8_t length;
    uint8_t size;
  } cases[] = {
      {code_sizes_32, 0, 10, 4},
      {code_sizes_32, 10, 9, 4},
      {code_sizes_16, 0, 9, 2},
      {code_sizes_16, 9, 12, 2},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    zx_port_packet_t packet;
    if (!EXPECT_TRUE(gf_resume_mem(&f, &packet, TRAP_KEY, TRAP_ADDR))) break;
    EXPECT_EQ(packet.guest_mem.default_operand_size, cases[i].size);
    EXPECT_EQ(packet.guest_mem.inst_len, cases[i].length);
    EXPECT_BYTES(packet.guest_mem.inst_buf, cases[i].at + cases[i].skip, cases[i].length);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

TEST(vcpu_resume_mem_from_user_mode) {
  GUEST(f, user_mode);
  ASSERT_TRUE(trap_page(&f));
  const char* at = user_mode_user;
  EXPECT_TRUE(expect_instruction(&f, &at, TRAP_ADDR + 8));
  EXPECT_TRUE(expect_instruction(&f, &at, TRAP_ADDR + 16));
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  state.rbx = 0x99;
  gf_write(&f, &state);
  EXPECT_TRUE(expect_instruction(&f, &at, TRAP_ADDR + 24));
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_EQ(state.rbx, 0x99);
  gf_tear_down(&f);
}

// --- Packets that cannot be delivered ---------------------------------------

enum { STORE, LOAD, OUT, IN, STORE4, LOAD4, OUT4, IN4, KINDS };

// Checks the packet of one instruction of every_kind.
static void expect_kind(const zx_port_packet_t* packet, int kind) {
  static const uint64_t addresses[KINDS] = {
      [STORE] = TRAP_ADDR, [LOAD] = TRAP_ADDR + 8, [STORE4] = TRAP_ADDR + 16,
      [LOAD4] = TRAP_ADDR + 24};
  EXPECT_EQ(packet->key, TRAP_KEY);
  if (addresses[kind] != 0) {
    EXPECT_EQ(packet->type, ZX_PKT_TYPE_GUEST_MEM);
    EXPECT_EQ(packet->guest_mem.addr, addresses[kind]);
    return;
  }
  EXPECT_EQ(packet->type, ZX_PKT_TYPE_GUEST_IO);
  EXPECT_EQ(packet->guest_io.port, TRAP_PORT);
  EXPECT_EQ(packet->guest_io.input, kind == IN || kind == IN4);
  EXPECT_EQ(packet->guest_io.access_size, kind == OUT4 || kind == IN4 ? 4 : 1);
}

// INVALID_ARGS, the packet is lost, and the guest stands behind the
// instruction with its registers as they were. NULL may be refused before the
// guest runs at all (section 3.4).
TEST(vcpu_resume_bad_packet_pointer_invalid_args) {
  GUEST(f, every_kind);
  ASSERT_TRUE(trap_page(&f));
  ASSERT_TRUE(trap_ports(&f));
  int next = STORE;
  for (int victim = 0; victim < KINDS; victim++) {
    void* bad;
    for (int i = 0; ztest_bad_write(i, sizeof(zx_port_packet_t), &bad); i++) {
      zx_port_packet_t packet;
      while (next != victim) {
        ASSERT_OK(zx_vcpu_resume(f.vcpu, &packet));
        expect_kind(&packet, next);
        next = (next + 1) % KINDS;
      }
      zx_vcpu_state_t want, state;
      fill_registers(&want, (uint64_t)(victim * 16 + i));
      gf_write(&f, &want);
      EXPECT_STATUS(zx_vcpu_resume(f.vcpu, bad), ZX_ERR_INVALID_ARGS);
      gf_read(&f, &state);
      if (bad == NULL && next == IN4) state.rax = want.rax;
      if (bad != NULL && next == IN4) want.rax = 0;
      EXPECT_STATE(&state, &want);
      if (bad == NULL) {
        ASSERT_OK(zx_vcpu_resume(f.vcpu, &packet));
        int after = (next + 1) % KINDS;
        bool refused = packet.type == (next == STORE || next == LOAD || next == STORE4 ||
                                               next == LOAD4
                                           ? ZX_PKT_TYPE_GUEST_MEM
                                           : ZX_PKT_TYPE_GUEST_IO);
        // Neighbours differ in address or direction, so one of both fits.
        if (refused && packet.type == ZX_PKT_TYPE_GUEST_MEM) {
          refused = packet.guest_mem.addr ==
                    (uint64_t[]){TRAP_ADDR, TRAP_ADDR + 8, 0, 0, TRAP_ADDR + 16,
                                 TRAP_ADDR + 24}[next];
        } else if (refused) {
          refused = packet.guest_io.input == (next == IN || next == IN4);
        }
        next = refused ? next : after;
        expect_kind(&packet, next);
      }
      next = (next + 1) % KINDS;
    }
  }
  gf_tear_down(&f);
}

// --- Settled state ----------------------------------------------------------

// After every kind of exit the program may write every register, and what it
// wrote is what the guest goes on with. ZX_VCPU_IO works at any time too.
TEST(vcpu_write_state_after_every_kind_of_exit) {
  GUEST(f, every_kind);
  ASSERT_TRUE(trap_page(&f));
  ASSERT_TRUE(trap_ports(&f));
  zx_vcpu_state_t want, state;
  fill_registers(&want, 0x55);
  gf_write(&f, &want);
  // Answers: none, IO, STATE, IO then STATE, STATE then IO, STATE twice,
  // IO twice, read only.
  for (uint64_t round = 0; round < 8 * KINDS * 4; round++) {
    int kind = (int)(round % KINDS);
    zx_port_packet_t packet;
    memset(&packet, 0xa5, sizeof(packet));
    if (!EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet))) break;
    expect_kind(&packet, kind);
    if (kind == OUT) EXPECT_EQ(packet.guest_io.u32, want.rax & 0xff);
    if (kind == OUT4) EXPECT_EQ(packet.guest_io.u32, want.rax & 0xffffffff);
    if (kind == IN4) want.rax = 0;
    uint64_t answer = round / KINDS % 8;
    if (round / KINDS >= 16 || answer == 7) {
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    zx_vcpu_io_t io = {.access_size = (uint8_t)(1 << round / KINDS % 3)};
    io.u32 = 0xc3d4e5f6 + (uint32_t)round;
    if (answer == 1 || answer == 3 || answer == 6) {
      EXPECT_OK(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io)));
      memcpy(&want.rax, io.data, io.access_size);
    }
    if (answer >= 2 && answer <= 5) {
      fill_registers(&want, round);
      gf_write(&f, &want);
    }
    if (answer == 5) {
      want.rsp = 0x3000 + round;
      want.r8 = ~round;
      gf_write(&f, &want);
    }
    if (answer == 4 || answer == 6) {
      io.u32 ^= 0x5a5a5a5a;
      EXPECT_OK(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io)));
      memcpy(&want.rax, io.data, io.access_size);
    }
    if (round / KINDS >= 24) {
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    if (ztest_failures != 0) {
      printf("  in round %d: kind %d, answer %d\n", (int)round, kind, (int)answer);
      break;
    }
  }
  gf_tear_down(&f);
}

// An interrupt that comes in between runs its handler with the settled state.
TEST(vcpu_interrupt_after_every_kind_of_exit) {
  static const uint32_t vectors[] = {INTERRUPT_VECTOR, NMI_VECTOR, EXCEPTION_VECTOR};
  GUEST(f, every_kind_interrupted);
  ASSERT_TRUE(trap_page(&f));
  ASSERT_TRUE(trap_ports(&f));
  RESUME_CLEAN_EXIT(&f);
  int next = STORE;
  for (uint64_t round = 0; round < 3 * 2 * KINDS; round++) {
    zx_port_packet_t packet;
    if (!EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet))) break;
    expect_kind(&packet, next);
    next = (next + 1) % KINDS;

    uint32_t vector = vectors[round / KINDS % 3];
    zx_vcpu_state_t want, state;
    fill_registers(&want, round);
    want.rsp = GUEST_STACK - 0x100;
    bool late = round >= 3 * KINDS;
    if (late) EXPECT_OK(zx_vcpu_interrupt(f.vcpu, vector));
    gf_write(&f, &want);
    if (!late) EXPECT_OK(zx_vcpu_interrupt(f.vcpu, vector));
    if (!EXPECT_TRUE(gf_resume_clean_exit(&f))) break;
    gf_read(&f, &state);
    want.rax = vector;
    want.rsp -= 40;
    state.rflags = 0;
    EXPECT_STATE(&state, &want);
  }
  gf_tear_down(&f);
}

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

// --- Addresses without memory -----------------------------------------------

static zx_status_t map_hole(const guest_fixture_t* f, zx_vm_option_t options, zx_handle_t* vmo) {
  zx_vaddr_t at;
  zx_status_t status = zx_vmo_create(PAGE_BYTES, 0, vmo);
  return status != ZX_OK ? status
                         : zx_vmar_map(f->vmar, options | ZX_VM_SPECIFIC, HOLE_ADDR, *vmo, 0,
                                       PAGE_BYTES, &at);
}

// RIP stays at the instruction, so that mapping memory and resuming works.
TEST(vcpu_resume_unmapped_not_found_then_map) {
  static const struct {
    const char* name;
    const char* start;
    const char* end;
    uint64_t before, after;  // of the memory
    bool loads;
  } cases[] = {
      {"store", hole_store_start, hole_store_end, 0x5555, 7, true},
      {"load", hole_load_start, hole_load_end, 0x5555, 0x5555, true},
      {"add", hole_add_start, hole_add_end, 0x5555, 0x5558, false},
      {"store of a register", hole_store_register_start, hole_store_register_end, 0x5555,
       0xcafebabe00005555, true},
  };
  REQUIRE_GUEST();
  for (size_t i = 0; i < COUNT(cases); i++) {
    ztest_note = cases[i].name;
    guest_fixture_t f;
    ASSERT_TRUE(gf_set_up(&f, cases[i].start, cases[i].end));
    zx_vcpu_state_t want, state;
    fill_registers(&want, 12);
    want.rax = 0xcafebabe;
    gf_write(&f, &want);
    for (int again = 0; again < 3; again++) {
      gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
      gf_read(&f, &state);
      EXPECT_STATE(&state, &want);
    }
    zx_handle_t vmo;
    ASSERT_OK(map_hole(&f, RW, &vmo));
    uint64_t value = cases[i].before;
    EXPECT_OK(zx_vmo_write(vmo, &value, 0, sizeof(value)));
    RESUME_CLEAN_EXIT(&f);
    EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
    EXPECT_EQ(value, cases[i].after);
    gf_read(&f, &state);
    if (cases[i].loads) EXPECT_EQ(state.rbx, cases[i].after);
    EXPECT_EQ(state.rax, want.rax);
    EXPECT_EQ(state.rcx, want.rcx);
    EXPECT_OK(zx_handle_close(vmo));
    gf_tear_down(&f);
  }
  ztest_note = NULL;
}

TEST(vcpu_resume_unmapped_not_found_then_trap) {
  GUEST(f, hole_store);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, HOLE_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  const char* at = hole_store_start;
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// The program may also write registers between the failure and the retry.
TEST(vcpu_resume_unmapped_not_found_write_state_then_map) {
  GUEST(f, hole_store_register);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 13);
  gf_write(&f, &want);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  fill_registers(&want, 14);
  want.rax = 0x12345678;
  gf_write(&f, &want);
  zx_handle_t vmo;
  ASSERT_OK(map_hole(&f, RW, &vmo));
  RESUME_CLEAN_EXIT(&f);
  uint64_t value;
  EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
  EXPECT_EQ(value, 0x1234567800000000);
  want.rbx = value;
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(vcpu_resume_jump_to_unmapped_not_found) {
  GUEST(f, hole_jump);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_tear_down(&f);
}

// An entry without memory is found out by the first resume (section 3.3).
TEST(vcpu_resume_entry_unmapped_not_found) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  ASSERT_TRUE(gf_set_up_guest(&f, hole_load_start, hole_load_end));
  ASSERT_OK(zx_vcpu_create(f.guest, 0, HOLE_ADDR, &f.vcpu));
  gf_resume_fails(&f, ZX_ERR_NOT_FOUND);
  gf_tear_down(&f);
}

TEST(vcpu_resume_store_to_read_only_access_denied) {
  GUEST(f, hole_store);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 15);
  gf_write(&f, &want);
  zx_handle_t vmo;
  // Mapped with both permissions, then protected: so it can be undone.
  ASSERT_OK(map_hole(&f, RW, &vmo));
  EXPECT_OK(zx_vmar_protect(f.vmar, ZX_VM_PERM_READ, HOLE_ADDR, PAGE_BYTES));
  for (int again = 0; again < 3; again++) {
    gf_resume_fails(&f, ZX_ERR_ACCESS_DENIED);
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
  }
  uint64_t value;
  EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
  EXPECT_EQ(value, 0);
  EXPECT_OK(zx_vmar_protect(f.vmar, RW, HOLE_ADDR, PAGE_BYTES));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vmo_read(vmo, &value, 0, sizeof(value)));
  EXPECT_EQ(value, 7);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(vcpu_resume_load_from_read_only_ok) {
  GUEST(f, hole_load);
  zx_handle_t vmo;
  ASSERT_OK(map_hole(&f, ZX_VM_PERM_READ, &vmo));
  uint64_t value = 0x778899;
  EXPECT_OK(zx_vmo_write(vmo, &value, 0, sizeof(value)));
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rbx, 0x778899);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

// A mapping that comes later does not get in a trap's way.
TEST(vcpu_resume_mapping_over_trap_trap_wins) {
  GUEST(f, hole_store);
  EXPECT_OK(
      zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, HOLE_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  zx_handle_t vmo;
  ASSERT_OK(map_hole(&f, RW, &vmo));
  const char* at = hole_store_start;
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  EXPECT_TRUE(expect_instruction(&f, &at, HOLE_ADDR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_handle_close(vmo));
  gf_tear_down(&f);
}

TEST(vcpu_resume_triple_fault_not_supported) {
  GUEST(f, triple_fault);
  gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
  gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
  gf_tear_down(&f);
}

// --- Bells ----------------------------------------------------------------------

static zx_handle_t bell_page(const guest_fixture_t* f) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_port_create(0, &port));
  EXPECT_OK(
      zx_guest_set_trap(f->guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  return port;
}

static void expect_bell(zx_handle_t port, uint64_t addr) {
  zx_port_packet_t packet, expected;
  memset(&packet, 0xa5, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, zx_deadline_after(ZX_SEC(5)), &packet));
  memset(&expected, 0, sizeof(expected));
  expected.key = TRAP_KEY;
  expected.type = ZX_PKT_TYPE_GUEST_BELL;
  expected.guest_bell.addr = addr;
  EXPECT_BYTES(&packet, &expected, sizeof(packet));
}

static void expect_no_bell(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE_PAST, &packet), ZX_ERR_TIMED_OUT);
}

// The load and the read half of an addition fail, and are skipped.
TEST(vcpu_resume_bell_read_not_supported) {
  GUEST(f, bell_read);
  zx_handle_t port = bell_page(&f);
  zx_vcpu_state_t want, state;
  fill_registers(&want, 16);
  gf_write(&f, &want);
  for (int i = 0; i < 2; i++) {
    gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
    gf_read(&f, &state);
    EXPECT_STATE(&state, &want);
    expect_no_bell(port);
  }
  RESUME_CLEAN_EXIT(&f);
  gf_read(&f, &state);
  EXPECT_STATE(&state, &want);
  expect_bell(port, TRAP_ADDR + 0x28);
  expect_no_bell(port);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

TEST(vcpu_resume_bell_all_sizes_one_packet_each) {
  static const uint64_t addresses[] = {0x11, 0x22, 0x34, 0x48, 0x51, 0x63, 0x75, 0x87};
  GUEST(f, bell_sizes);
  zx_handle_t port = bell_page(&f);
  RESUME_CLEAN_EXIT(&f);
  for (size_t i = 0; i < COUNT(addresses); i++) {
    expect_bell(port, TRAP_ADDR + addresses[i]);
  }
  expect_no_bell(port);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

typedef struct running_guest {
  guest_fixture_t f;
  const char* start;
  const char* end;
  uint64_t rcx;
  uint32_t trap;  // kind of the trap on the page, or NO_TRAP
  zx_handle_t port;
  sem_t ready;
  zx_status_t status;
  zx_port_packet_t packet;
  uint64_t rax;
  bool done;
} running_guest_t;

#define NO_TRAP 99u

// Runs a guest on its own thread until its first exit, and once more if that
// is a clean exit of a guest that goes on.
static void* run_guest(void* arg) {
  running_guest_t* g = arg;
  bool fine = gf_set_up(&g->f, g->start, g->end);
  if (fine && g->trap != NO_TRAP) {
    EXPECT_OK(zx_guest_set_trap(g->f.guest, g->trap, TRAP_ADDR, PAGE_BYTES, g->port, TRAP_KEY));
  }
  if (fine) {
    zx_vcpu_state_t state;
    gf_read(&g->f, &state);
    state.rcx = g->rcx;
    gf_write(&g->f, &state);
    if (g->start == interrupts_return_start) RESUME_CLEAN_EXIT(&g->f);
  }
  sem_post(&g->ready);
  if (fine) {
    g->status = zx_vcpu_resume(g->f.vcpu, &g->packet);
    g->rax = gf_rax(&g->f);
  }
  __atomic_store_n(&g->done, true, __ATOMIC_SEQ_CST);
  return NULL;
}

static bool is_done(running_guest_t* g) { return __atomic_load_n(&g->done, __ATOMIC_SEQ_CST); }

// Waits until the guest has counted that far; false after ten seconds.
static bool wait_count(const guest_fixture_t* f, uint64_t count) {
  for (int i = 0; i < 10000; i++) {
    if (gf_peek64(f, DATA_ADDR) >= count) return true;
    zx_nanosleep(zx_deadline_after(ZX_MSEC(1)));
  }
  return false;
}

// The 257th write blocks the VCPU until a packet is taken.
TEST(vcpu_resume_bell_quota_blocks_until_dequeue) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = bells_start, .end = bells_end, .rcx = 300, .trap = ZX_GUEST_TRAP_BELL};
  sem_init(&g.ready, 0, 0);
  ASSERT_OK(zx_port_create(0, &g.port));
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 257));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(50)));
  EXPECT_EQ(gf_peek64(&g.f, DATA_ADDR), 257);
  EXPECT_FALSE(is_done(&g));

  expect_bell(g.port, TRAP_ADDR);
  EXPECT_TRUE(wait_count(&g.f, 258));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(50)));
  EXPECT_EQ(gf_peek64(&g.f, DATA_ADDR), 258);
  EXPECT_FALSE(is_done(&g));

  for (int i = 1; i < 300; i++) {
    expect_bell(g.port, TRAP_ADDR);
  }
  pthread_join(thread, NULL);
  expect_no_bell(g.port);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
  EXPECT_OK(zx_handle_close(g.port));
  gf_tear_down(&g.f);
}

// The port goes away while the VCPU waits for a packet.
TEST(vcpu_resume_bell_quota_port_closed_bad_state) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = bells_start, .end = bells_end, .rcx = 300, .trap = ZX_GUEST_TRAP_BELL};
  sem_init(&g.ready, 0, 0);
  ASSERT_OK(zx_port_create(0, &g.port));
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 257));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(50)));
  EXPECT_OK(zx_handle_close(g.port));
  pthread_join(thread, NULL);
  EXPECT_STATUS(g.status, ZX_ERR_BAD_STATE);
  gf_tear_down(&g.f);
}

// --- Interrupts -------------------------------------------------------------------

TEST(vcpu_interrupt_if_clear_delayed_until_sti) {
  GUEST(f, interrupts_off);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_NE(gf_rax(&f), INTERRUPT_VECTOR);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_NE(gf_rax(&f), INTERRUPT_VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

TEST(vcpu_interrupt_two_pending_descending_order) {
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 32));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 48));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 40));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 48));  // already pending: once
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 48);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 40);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 32);
  // A later NMI finds nothing else pending.
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), NMI_VECTOR);
  gf_tear_down(&f);
}

// The interrupt that an NMI went before stays pending.
TEST(vcpu_interrupt_nmi_first_interrupt_kept) {
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 32));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), NMI_VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), 32);
  gf_tear_down(&f);
}

TEST(vcpu_interrupt_reserved_vector_not_supported_once) {
  static const uint32_t vectors[] = {21, 25, 31};
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  for (size_t i = 0; i < COUNT(vectors); i++) {
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, vectors[i]));
    gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
    RESUME_CLEAN_EXIT(&f);
    EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  }
  gf_tear_down(&f);
}

// Vector 0 is an exception like others.
TEST(vcpu_interrupt_every_exception_vector) {
  static const uint32_t vectors[] = {0, 1, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 20};
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  for (size_t i = 0; i < COUNT(vectors); i++) {
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, vectors[i]));
    if (!EXPECT_TRUE(gf_resume_clean_exit(&f))) {
      printf("  vector %u\n", (unsigned)vectors[i]);
      break;
    }
    EXPECT_EQ(gf_rax(&f), vectors[i]);
  }
  gf_tear_down(&f);
}

// HLT goes on when anything is pending, even if it cannot be delivered.
TEST(vcpu_resume_hlt_if_clear_continues_when_pending) {
  GUEST(f, hlt_interrupts_off);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_NE(gf_rax(&f), INTERRUPT_VECTOR);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

TEST(vcpu_resume_hlt_if_clear_continues_when_interrupted) {
  REQUIRE_GUEST();
  running_guest_t g = {
      .start = hlt_interrupts_off_start, .end = hlt_interrupts_off_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  zx_nanosleep(zx_deadline_after(ZX_MSEC(30)));
  EXPECT_FALSE(is_done(&g));
  EXPECT_OK(zx_vcpu_interrupt(g.f.vcpu, INTERRUPT_VECTOR));
  pthread_join(thread, NULL);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
  EXPECT_NE(g.rax, INTERRUPT_VECTOR);
  gf_tear_down(&g.f);
}

TEST(vcpu_interrupt_computing_guest_delivered) {
  REQUIRE_GUEST();
  for (int round = 0; round < 20; round++) {
    running_guest_t g = {
        .start = interrupts_return_start, .end = interrupts_return_end, .trap = NO_TRAP};
    sem_init(&g.ready, 0, 0);
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
    sem_wait(&g.ready);
    if (round != 0) EXPECT_TRUE(wait_count(&g.f, 1));
    EXPECT_OK(zx_vcpu_interrupt(g.f.vcpu, INTERRUPT_VECTOR));
    pthread_join(thread, NULL);
    EXPECT_OK(g.status);
    EXPECT_EQ(g.packet.guest_mem.addr, EXIT_TEST_ADDR);
    EXPECT_EQ(g.rax, INTERRUPT_VECTOR);
    gf_tear_down(&g.f);
  }
}

// --- Changes while a guest runs -----------------------------------------------------

TEST(guest_set_trap_running_guest_takes_effect) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = store_loop_start, .end = store_loop_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 10));
  EXPECT_EQ(gf_peek64(&g.f, TRAP_ADDR), 5);
  EXPECT_OK(zx_guest_set_trap(g.f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  // No store reaches the page any more.
  gf_poke64(&g.f, TRAP_ADDR, 6);
  pthread_join(thread, NULL);
  EXPECT_EQ(gf_peek64(&g.f, TRAP_ADDR), 6);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.key, TRAP_KEY);
  EXPECT_EQ(g.packet.guest_mem.addr, TRAP_ADDR);
  EXPECT_EQ(g.packet.guest_mem.inst_len, 12);
  gf_tear_down(&g.f);
}

TEST(vmar_unmap_running_guest_not_found) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = store_loop_start, .end = store_loop_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  EXPECT_TRUE(wait_count(&g.f, 10));
  EXPECT_OK(zx_vmar_unmap(g.f.vmar, TRAP_ADDR, PAGE_BYTES));
  pthread_join(thread, NULL);
  EXPECT_STATUS(g.status, ZX_ERR_NOT_FOUND);
  gf_tear_down(&g.f);
}

// Other pages come and go while the guest computes: it must not notice.
TEST(vmar_map_running_guest_undisturbed) {
  REQUIRE_GUEST();
  running_guest_t g = {.start = store_loop_start, .end = store_loop_end, .trap = NO_TRAP};
  sem_init(&g.ready, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_guest, &g), 0);
  sem_wait(&g.ready);
  for (int i = 0; i < 200; i++) {
    zx_handle_t vmo;
    if (!EXPECT_OK(map_hole(&g.f, RW, &vmo))) break;
    // A hole in the mapping that the guest runs in makes the library split it.
    EXPECT_OK(zx_vmar_unmap(g.f.vmar, 0x800000 + (uint64_t)i * 0x1000, PAGE_BYTES));
    EXPECT_OK(zx_vmar_unmap(g.f.vmar, HOLE_ADDR, PAGE_BYTES));
    EXPECT_OK(zx_handle_close(vmo));
  }
  EXPECT_FALSE(is_done(&g));
  EXPECT_OK(zx_guest_set_trap(g.f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  pthread_join(thread, NULL);
  EXPECT_OK(g.status);
  EXPECT_EQ(g.packet.guest_mem.addr, TRAP_ADDR);
  gf_tear_down(&g.f);
}

// --- Flags -----------------------------------------------------------------------------

// Reading shows the user's flags only; writing needs bit 1 and keeps IF.
TEST(vcpu_write_state_flags_masked) {
  GUEST(f, interrupts_return);
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags & (RFLAGS_ONE | RFLAGS_IF), 0);
  state.rflags = ~0ull & ~0x100ull & ~0x4000ull;  // all but TF and NT
  gf_write(&f, &state);
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags, RFLAGS_USER & ~0x4100u);
  state.rflags = 0;
  gf_write(&f, &state);
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags, RFLAGS_USER & ~0x4100u);
  state.rflags = RFLAGS_ONE;
  gf_write(&f, &state);
  gf_read(&f, &state);
  EXPECT_EQ(state.rflags, 0);
  // IF was kept.
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

ZTEST_MAIN

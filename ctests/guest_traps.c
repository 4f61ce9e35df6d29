// SPDX-License-Identifier: MIT
// Memory traps and their completion, and what is settled after every kind of exit
// (hypervisor.md, sections 5.2, 11.5 and 13.7).

#include "guest_traps.h"

GUEST_CODE(loads);
GUEST_CODE(stores);
GUEST_CODE(read_modify_write);
GUEST_CODE(compares);
GUEST_CODE(strings);
GUEST_CODE(crossing);
GUEST_CODE(every_kind);
GUEST_CODE(every_kind_interrupted);
GUEST_CODE(code_sizes);
GUEST_CODE(user_mode);
extern const char code_sizes_32[], code_sizes_16[], user_mode_user[];

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

ZTEST_MAIN

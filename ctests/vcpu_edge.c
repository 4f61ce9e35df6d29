// SPDX-License-Identifier: MIT
// What a caller of zx_vcpu_resume and zx_vcpu_enter sees whatever it includes or
// knows of C: the layout of each symbol, and its own vector registers
// (hypervisor.md, sections 2.4, 3.4, 6.3 and 11.12).

#include "vcpu_fixture.h"

#include <dlfcn.h>

// Packets of the later layout, for programs that only know the symbol.
typedef struct later_packet {
  uint64_t key;
  uint32_t type;
  int32_t status;
  uint64_t addr, cr3, rip;
  uint8_t instruction_size, default_operand_size, reserved[6];
} later_packet_t;

typedef zx_status_t (*enter_t)(zx_handle_t, void*);

static enter_t find_enter(void) {
  union {
    void* symbol;
    enter_t call;
  } found = {.symbol = dlsym(RTLD_DEFAULT, "zx_vcpu_enter")};
  return found.call;
}

TEST(vcpu_enter_symbol_has_the_later_layout) {
  SERVER(f);
  enter_t enter = find_enter();
  ASSERT_TRUE(enter != NULL);
  later_packet_t packet;
  memset(&packet, 0xa5, sizeof(packet));
  ASSERT_OK(enter(f.vcpu, &packet));
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.addr, EXIT_TEST_ADDR);
  EXPECT_EQ(packet.cr3, 0);
  EXPECT_EQ(packet.rip, vx_server_stopped - vx_server_start + GUEST_ENTRY - EXIT_INST_LEN);
  EXPECT_EQ(packet.instruction_size, EXIT_INST_LEN);
  EXPECT_EQ(packet.default_operand_size, 4);
  // The other name keeps the layout of the baseline.
  EXPECT_TRUE(gf_resume_clean_exit(&f));
  gf_tear_down(&f);
}

TEST(vcpu_enter_symbol_is_canceled_by_a_kick) {
  SERVER(f);
  enter_t enter = find_enter();
  ASSERT_TRUE(enter != NULL);
  later_packet_t packet;
  EXPECT_OK(zx_vcpu_kick(f.vcpu));
  EXPECT_STATUS(enter(f.vcpu, &packet), ZX_ERR_CANCELED);
  EXPECT_OK(enter(f.vcpu, &packet));
  EXPECT_EQ(packet.addr, EXIT_TEST_ADDR);
  gf_tear_down(&f);
}

typedef struct vectors {
  _Alignas(16) uint8_t xmm[16][16];
  uint32_t mxcsr;
  uint16_t x87;
} vectors_t;

// Loads `before`, resumes, and stores what is there then.
static zx_status_t resume_with(zx_handle_t vcpu, zx_port_packet_t* packet, const vectors_t* before,
                               vectors_t* after) {
  zx_status_t status;
  register zx_handle_t handle __asm__("edi") = vcpu;
  register zx_port_packet_t* out __asm__("rsi") = packet;
  uint64_t kept = (uintptr_t)after;
  __asm__ volatile(
      "ldmxcsr 256(%[before])\n fldcw 260(%[before])\n"
      "movaps (%[before]), %%xmm0\n movaps 16(%[before]), %%xmm1\n"
      "movaps 32(%[before]), %%xmm2\n movaps 48(%[before]), %%xmm3\n"
      "movaps 64(%[before]), %%xmm4\n movaps 80(%[before]), %%xmm5\n"
      "movaps 96(%[before]), %%xmm6\n movaps 112(%[before]), %%xmm7\n"
      "movaps 128(%[before]), %%xmm8\n movaps 144(%[before]), %%xmm9\n"
      "movaps 160(%[before]), %%xmm10\n movaps 176(%[before]), %%xmm11\n"
      "movaps 192(%[before]), %%xmm12\n movaps 208(%[before]), %%xmm13\n"
      "movaps 224(%[before]), %%xmm14\n movaps 240(%[before]), %%xmm15\n"
      "mov %%rsp, %%r12\n sub $128, %%rsp\n and $-16, %%rsp\n"
      "call *%[resume]\n"
      "mov %%r12, %%rsp\n"
      "movaps %%xmm0, (%[after])\n movaps %%xmm1, 16(%[after])\n"
      "movaps %%xmm2, 32(%[after])\n movaps %%xmm3, 48(%[after])\n"
      "movaps %%xmm4, 64(%[after])\n movaps %%xmm5, 80(%[after])\n"
      "movaps %%xmm6, 96(%[after])\n movaps %%xmm7, 112(%[after])\n"
      "movaps %%xmm8, 128(%[after])\n movaps %%xmm9, 144(%[after])\n"
      "movaps %%xmm10, 160(%[after])\n movaps %%xmm11, 176(%[after])\n"
      "movaps %%xmm12, 192(%[after])\n movaps %%xmm13, 208(%[after])\n"
      "movaps %%xmm14, 224(%[after])\n movaps %%xmm15, 240(%[after])\n"
      "stmxcsr 256(%[after])\n fnstcw 260(%[after])\n"
      : "=a"(status), "+r"(handle), "+r"(out)
      : [before] "r"(before), [after] "b"(kept), [resume] "r"(&zx_vcpu_resume)
      : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "memory", "cc", "xmm0", "xmm1", "xmm2",
        "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
        "xmm14", "xmm15");
  return status;
}

TEST(vcpu_resume_keeps_the_callers_vector_registers) {
  SERVER(f);
  vectors_t normal, before, after;
  __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(normal.mxcsr), "=m"(normal.x87));
  for (int turn = 0; turn < 6; turn++) {
    for (size_t i = 0; i < sizeof(before.xmm); i++) {
      before.xmm[i / 16][i % 16] = turn == 0 ? 0 : (uint8_t)(0x11 * turn + 7 * i);
    }
    // Other rounding, flushed denormals, single precision; some sticky flags.
    before.mxcsr = normal.mxcsr | (turn % 2 ? 0xe001u : 0x20u);
    before.x87 = (uint16_t)((normal.x87 & ~0x300) | (turn % 2 ? 0xc00 : 0));
    if (turn == 5) vx_tell(f.vcpu, VX_NOTHING, NULL);
    if (turn == 3) EXPECT_OK(zx_vcpu_kick(f.vcpu));
    if (turn == 4) EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 40));
    zx_port_packet_t packet;
    zx_status_t status = resume_with(f.vcpu, &packet, &before, &after);
    __asm__ volatile("ldmxcsr %0\n fldcw %1" ::"m"(normal.mxcsr), "m"(normal.x87));
    EXPECT_STATUS(status, turn == 3 ? ZX_ERR_CANCELED : ZX_OK);
    EXPECT_BYTES(after.xmm, before.xmm, sizeof(before.xmm));
    EXPECT_EQ(after.mxcsr, before.mxcsr);
    EXPECT_EQ(after.x87, before.x87);
  }
  gf_tear_down(&f);
}

ZTEST_MAIN

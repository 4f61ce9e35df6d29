// SPDX-License-Identifier: MIT
// A VCPU whose number another one has had before finds nothing of that one
// (hypervisor.md, sections 1, 6 and 11.2).

#include "vcpu_fixture.h"

GUEST_CODE(hidden_state);
GUEST_CODE(wide_state);
GUEST_CODE(triple_fault);

// The VCPU goes, and one with the same number comes.
static void renew(guest_fixture_t* f) {
  EXPECT_OK(zx_handle_close(f->vcpu));
  f->vcpu = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_vcpu_create(f->guest, 0, GUEST_ENTRY, &f->vcpu));
}

static void renew_server(guest_fixture_t* f) {
  renew(f);
  RESUME_CLEAN_EXIT(f);
}

TEST(vcpu_reuse_msrs_are_the_first_ones) {
  SERVER(f);
  static const struct {
    uint32_t msr;
    uint64_t value;
  } own[] = {{0xc0000081, 0x0023001000000000},  // STAR
             {0xc0000082, 0x7fff12345678},      // LSTAR
             {0xc0000083, 0x7fff12340000},      // CSTAR
             {0xc0000084, 0x47700},             // FMASK
             {0xc0000100, 0x123456789abc},      // FS_BASE
             {0xc0000101, 0x123456789abc},      // GS_BASE
             {0xc0000102, 0x1000},              // KERNEL_GS_BASE
             {0xc0000103, 0x77},                // TSC_AUX
             {0x174, 0x10},                     // SYSENTER
             {0x175, 0x7fff0000},
             {0x176, 0x7fff1000},
             {0x3b, 0x10000000},                // TSC_ADJUST
             {0x277, 0x0007010600070106},       // PAT
             {0x832, 0x20042},                  // local APIC: timer
             {0x83e, 3}};
  uint64_t first[VX_COUNT_OF(own)], fault[VX_COUNT_OF(own)], value;
  for (size_t i = 0; i < VX_COUNT_OF(own); i++) fault[i] = vx_rdmsr(&f, own[i].msr, &first[i]);
  for (size_t i = 0; i < VX_COUNT_OF(own); i++) {
    uint64_t refused = vx_wrmsr(&f, own[i].msr, own[i].value);
    // Where CSTAR does nothing it can be written all the same.
    if (own[i].msr != 0x83e && own[i].msr != 0xc0000083) EXPECT_EQ(refused, fault[i]);
  }
  renew_server(&f);
  for (size_t i = 0; i < VX_COUNT_OF(own); i++) {
    char note[16];
    snprintf(note, sizeof(note), "%#x", own[i].msr);
    ztest_note = note;
    EXPECT_EQ(vx_rdmsr(&f, own[i].msr, &value), fault[i]);
    EXPECT_EQ(value, first[i]);
  }
  ztest_note = NULL;
  // The time stamp counter is the host's again.
  uint64_t before = __builtin_ia32_rdtsc();
  uint64_t tsc = vx_simple(&f, VX_RDTSC).rax;
  EXPECT_TRUE(tsc >= before && tsc <= __builtin_ia32_rdtsc());
  gf_tear_down(&f);
}

TEST(vcpu_reuse_registers_without_a_number_are_the_first_ones) {
  GUEST(f, hidden_state);
  uint8_t image[512] = {0x7f, 0x0f, [24] = 0xc0, [25] = 0x1f};  // FCW, MXCSR
  memset(image + 160, 0x5a, 256);                               // XMM0 to XMM15
  memcpy((void*)(f.host + DATA_ADDR + 512), image, sizeof(image));
  for (int i = 0; i < 3; i++) {
    RESUME_CLEAN_EXIT(&f);
    zx_vcpu_state_t s;
    gf_read(&f, &s);
    EXPECT_EQ(s.rax, 0);  // debug registers
    EXPECT_EQ(s.rbx, 0);  // CR2
    EXPECT_EQ(s.rcx, 0);  // CR8
    EXPECT_EQ(gf_peek64(&f, DATA_ADDR) & 0xffffffffff, 0x37f);   // FCW, FSW, FTW
    EXPECT_EQ((uint32_t)gf_peek64(&f, DATA_ADDR + 24), 0x1f80);  // MXCSR
    for (int at = 160; at < 416; at += 8) EXPECT_EQ(gf_peek64(&f, DATA_ADDR + at), 0);
    RESUME_CLEAN_EXIT(&f);
    renew(&f);
  }
  gf_tear_down(&f);
}

TEST(vcpu_reuse_xcr0_and_wide_registers_are_the_first_ones) {
  SERVER(f);
  zx_vcpu_state_t s = {.rax = 1};
  EXPECT_TRUE(vx_do(&f, VX_CPUID, &s));
  gf_tear_down(&f);
  // QEMU's processor carries XSETBV out without telling KVM.
  if ((s.rcx & 1u << 28) == 0 || gf_host_is_qemu()) SKIP("no AVX, or none that lasts");
  ASSERT_TRUE(gf_set_up(&f, wide_state_start, wide_state_end));
  memset((void*)(f.host + DATA_ADDR), 0x5a, 64);
  for (int i = 0; i < 3; i++) {
    RESUME_CLEAN_EXIT(&f);
    gf_read(&f, &s);
    EXPECT_EQ(s.rbx, 576);
    RESUME_CLEAN_EXIT(&f);
    for (int at = 0; at < 32; at += 8) EXPECT_EQ(gf_peek64(&f, DATA_ADDR + at), 0);
    renew(&f);
  }
  gf_tear_down(&f);
}

TEST(vcpu_reuse_kvmclock_page_is_left_alone) {
  REQUIRE_GUEST();
  static const uint32_t registers[] = {0x12, 0x4b564d01};
  for (size_t i = 0; i < VX_COUNT_OF(registers); i++) {
    guest_fixture_t f;
    ASSERT_TRUE(vx_set_up(&f));
    EXPECT_EQ(vx_wrmsr(&f, registers[i], DATA_ADDR | 1), 0);
    vx_simple(&f, VX_NOTHING);
    EXPECT_NE(gf_peek64(&f, DATA_ADDR + 8), 0);
    renew(&f);
    memset((void*)(f.host + DATA_ADDR), 0xa5, 32);
    RESUME_CLEAN_EXIT(&f);
    vx_simple(&f, VX_STI);
    for (int at = 0; at < 32; at += 8) EXPECT_EQ(gf_peek64(&f, DATA_ADDR + at), 0xa5a5a5a5a5a5a5a5);
    gf_tear_down(&f);
  }
}

// Inside of an NMI's handler, with another NMI that waits for its end.
TEST(vcpu_reuse_blocked_nmi_is_gone_and_nmis_are_open) {
  SERVER(f);
  static const uint8_t store[] = {0x48, 0xc7, 0x04, 0x25, EXIT_TEST_ADDR & 0xff,
                                  EXIT_TEST_ADDR >> 8 & 0xff, EXIT_TEST_ADDR >> 16 & 0xff, 0,
                                  0, 0, 0, 0};
  for (int i = 0; i < 3; i++) {
    volatile uint8_t* at = gf_memory(&f, VX_HANDLERS + VX_HANDLER_BYTES * NMI_VECTOR);
    vx_emit(&at, store, sizeof(store));
    vx_emit(&at, store, sizeof(store));
    vx_tell(f.vcpu, VX_COMPUTE, NULL);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
    RESUME_CLEAN_EXIT(&f);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
    RESUME_CLEAN_EXIT(&f);
    vx_set_handler(&f, NMI_VECTOR, VX_ON_COUNT);
    uint64_t count = vx_count(&f, 0, NMI_VECTOR);
    renew_server(&f);
    vx_simple(&f, VX_STI);
    EXPECT_EQ(vx_count(&f, 0, NMI_VECTOR), count);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
    vx_simple(&f, VX_STI);
    EXPECT_EQ(vx_count(&f, 0, NMI_VECTOR), count + 1);
  }
  gf_tear_down(&f);
}

TEST(vcpu_reuse_after_triple_fault_runs) {
  GUEST(f, triple_fault);
  for (int i = 0; i < 3; i++) {
    gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
    gf_resume_fails(&f, ZX_ERR_NOT_SUPPORTED);
    renew(&f);
  }
  vx_prepare(&f);
  memcpy((void*)(f.host + GUEST_ENTRY), vx_server_start,
         (size_t)(vx_server_end - vx_server_start));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(vx_simple(&f, VX_UD2).r8, UD_VECTOR);
  gf_tear_down(&f);
}

// With everything asked for that a run would have seen to.
TEST(vcpu_reuse_requests_and_timer_are_gone) {
  SERVER(f);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 1, 0, TRAP_KEY));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  static const uint64_t half_done[] = {VX_OUT, VX_IN, VX_LOAD, VX_STORE};
  for (size_t i = 0; i < VX_COUNT_OF(half_done); i++) {
    EXPECT_EQ(vx_wrmsr(&f, 0x832, 0x20045), 0);  // periodic, for ever at once
    EXPECT_EQ(vx_wrmsr(&f, 0x838, 1), 0);
    zx_vcpu_state_t s = {.rcx = 3, .rax = 0x1111};
    vx_tell(f.vcpu, half_done[i], &s);
    zx_port_packet_t packet;
    EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
    EXPECT_EQ(packet.key, TRAP_KEY);
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 0x46));
    EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 31));
    EXPECT_OK(zx_vcpu_kick(f.vcpu));
    uint64_t ticks = vx_count(&f, 0, 0x45);
    renew_server(&f);
    EXPECT_EQ(vx_simple(&f, VX_STI).r8, 0);
    EXPECT_EQ(vx_count(&f, 0, 0x45), ticks);
    EXPECT_EQ(vx_count(&f, 0, 0x46), 0);
  }
  gf_tear_down(&f);
}

// The one before had interrupts on at its last exit.
TEST(vcpu_reuse_interrupt_before_first_resume_waits_for_sti) {
  SERVER(f);
  EXPECT_EQ(vx_simple(&f, VX_STI).r8, 0);
  renew(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, 0x46));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(vx_count(&f, 0, 0x46), 0);
  EXPECT_EQ(vx_simple(&f, VX_STI).r8, 0);
  EXPECT_EQ(vx_count(&f, 0, 0x46), 1);
  gf_tear_down(&f);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// The reference guest tests that need a boot VCPU in 64-bit mode: tables 13.2
// and 13.3 of hypervisor.md. Each comment names the reference test.

#include "guest_fixture.h"

#include <cpuid.h>
#include <semaphore.h>

GUEST_CODE(vcpu_resume);
GUEST_CODE(set_trap);
GUEST_CODE(set_trap_loop);
GUEST_CODE(set_trap_with_io);
GUEST_CODE(read_write_state);
GUEST_CODE(interrupt);
GUEST_CODE(hlt);
GUEST_CODE(pause);
GUEST_CODE(write_cr0);
GUEST_CODE(write_invalid_cr0);
GUEST_CODE(compat_mode);
GUEST_CODE(syscall);
GUEST_CODE(sysenter);
GUEST_CODE(sysenter_compat);
GUEST_CODE(vmcall);
GUEST_CODE(vmcall_user);
GUEST_CODE(extended_registers);

static bool cpu_is_intel(void) {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(0, &eax, &ebx, &ecx, &edx) && ebx == signature_INTEL_ebx;
}

// --- Table 13.2 -----------------------------------------------------------

// VcpuResume, VcpuEnter.
TEST(vcpu_resume_system_code_runs_to_exit) {
  GUEST(f, vcpu_resume);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// The page tables of the fixture, where a GiB can be one page: the processor
// notes there that it has used the page.
TEST(vcpu_resume_1_gib_page_is_used) {
  GUEST(f, vcpu_resume);
  if (!gf_large_pages) {
    gf_tear_down(&f);
    SKIP("guests have no 1-GiB pages on this host");
  }
  const uint64_t page = PTE_ALL | PTE_LARGE;
  EXPECT_EQ(gf_peek64(&f, PDPT_ADDR), page);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_peek64(&f, PDPT_ADDR), page | PTE_ACCESSED | PTE_DIRTY);
  gf_tear_down(&f);
}

// GuestSetTrapWithMem.
TEST(guest_set_trap_mem_store_packet) {
  GUEST(f, set_trap);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0, TRAP_KEY));
  zx_port_packet_t packet;
  EXPECT_TRUE(gf_resume_mem(&f, &packet, TRAP_KEY, TRAP_ADDR));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// GuestSetTrapWithBell.
TEST(guest_set_trap_bell_store_queues_packet) {
  GUEST(f, set_trap);
  zx_handle_t port;
  ASSERT_OK(zx_port_create(0, &port));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  RESUME_CLEAN_EXIT(&f);

  zx_port_packet_t packet;
  memset(&packet, 0xa5, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
  EXPECT_EQ(packet.key, TRAP_KEY);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_BELL);
  EXPECT_EQ(packet.status, ZX_OK);
  EXPECT_EQ(packet.guest_bell.addr, TRAP_ADDR);
  EXPECT_EQ(packet.guest_bell.reserved0 | packet.guest_bell.reserved1 | packet.guest_bell.reserved2,
            0);
  EXPECT_OK(zx_handle_close(port));
  gf_tear_down(&f);
}

// GuestSetTrapWithBellDrop.
TEST(guest_close_bell_packet_queued_no_crash) {
  GUEST(f, set_trap);
  zx_handle_t port;
  ASSERT_OK(zx_port_create(0, &port));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);

  // The guest's packets went with it.
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE_PAST, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(port));
}

// GuestSetTrapWithBellAndUser.
TEST(guest_close_user_packet_of_same_key_survives) {
  GUEST(f, set_trap);
  zx_handle_t port;
  ASSERT_OK(zx_port_create(0, &port));
  zx_port_packet_t user;
  memset(&user, 0, sizeof(user));
  user.key = TRAP_KEY;
  user.type = ZX_PKT_TYPE_USER;
  user.user.u64[0] = 0x1122334455667788;
  EXPECT_OK(zx_port_queue(port, &user));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);

  zx_port_packet_t packet;
  EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
  EXPECT_EQ(packet.key, TRAP_KEY);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_USER);
  EXPECT_EQ(packet.user.u64[0], 0x1122334455667788);
  EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE_PAST, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(port));
}

// GuestSetTrapClosePort.
TEST(vcpu_resume_bell_port_closed_bad_state) {
  GUEST(f, set_trap);
  zx_handle_t port;
  ASSERT_OK(zx_port_create(0, &port));
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_BELL, TRAP_ADDR, PAGE_BYTES, port, TRAP_KEY));
  EXPECT_OK(zx_handle_close(port));
  gf_resume_fails(&f, ZX_ERR_BAD_STATE);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// VcpuInvalidThreadReuse.
TEST(vcpu_create_second_on_thread_bad_state) {
  GUEST(f, vcpu_resume);
  zx_handle_t second = ZX_HANDLE_INVALID;
  EXPECT_STATUS(zx_vcpu_create(f.guest, 0, 0, &second), ZX_ERR_BAD_STATE);
  gf_tear_down(&f);

  EXPECT_TRUE(gf_set_up(&f, vcpu_resume_start, vcpu_resume_end));
  gf_tear_down(&f);
}

static void* set_up_and_exit(void* arg) {
  guest_fixture_t* f = arg;
  EXPECT_TRUE(gf_set_up(f, vcpu_resume_start, vcpu_resume_end));
  return NULL;
}

// VcpuUseAfterThreadExits.
TEST(vcpu_interrupt_thread_gone_ok) {
  REQUIRE_GUEST();
  guest_fixture_t f;
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, set_up_and_exit, &f), 0);
  pthread_join(thread, NULL);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  zx_port_packet_t packet;
  zx_vcpu_state_t state;
  EXPECT_STATUS(zx_vcpu_resume(f.vcpu, &packet), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_vcpu_read_state(f.vcpu, ZX_VCPU_STATE, &state, sizeof(state)), ZX_ERR_BAD_STATE);
  gf_tear_down(&f);
}

typedef struct looping_guest {
  guest_fixture_t f;
  sem_t stopped;
  sem_t end;
} looping_guest_t;

static void* run_three_times(void* arg) {
  looping_guest_t* g = arg;
  zx_port_packet_t packet;
  bool fine = gf_set_up(&g->f, set_trap_loop_start, set_trap_loop_end) &&
              gf_ok(zx_guest_set_trap(g->f.guest, ZX_GUEST_TRAP_MEM, TRAP_ADDR, PAGE_BYTES, 0,
                                      TRAP_KEY),
                    "zx_guest_set_trap");
  for (int i = 0; fine && i < 3; i++) {
    EXPECT_TRUE(gf_resume_mem(&g->f, &packet, TRAP_KEY, TRAP_ADDR));
  }
  sem_post(&g->stopped);
  sem_wait(&g->end);
  return NULL;
}

// VcpuDeleteFromOtherThread.
TEST(vcpu_close_from_other_thread_no_crash) {
  REQUIRE_GUEST();
  looping_guest_t g;
  sem_init(&g.stopped, 0, 0);
  sem_init(&g.end, 0, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, run_three_times, &g), 0);
  sem_wait(&g.stopped);
  EXPECT_OK(zx_handle_close(g.f.vcpu));
  g.f.vcpu = ZX_HANDLE_INVALID;
  sem_post(&g.end);
  pthread_join(thread, NULL);
  gf_tear_down(&g.f);
}

// VmarProtect.
TEST(vmar_protect_guest_page_still_runs) {
  GUEST(f, vcpu_resume);
  EXPECT_OK(zx_vmar_protect(f.vmar, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE, 0,
                            PAGE_BYTES));
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// --- Table 13.3 -----------------------------------------------------------

// VcpuReadWriteState. STAC needs SMAP, so the guest sets AC with POPF.
TEST(vcpu_read_write_state_all_registers) {
  GUEST(f, read_write_state);
  zx_vcpu_state_t state = {.rax = 1,  .rcx = 2,  .rdx = 3,  .rbx = 4,  .rsp = 5,  .rbp = 6,
                           .rsi = 7,  .rdi = 8,  .r8 = 9,   .r9 = 10,  .r10 = 11, .r11 = 12,
                           .r12 = 13, .r13 = 14, .r14 = 15, .r15 = 16, .rflags = 0};
  EXPECT_OK(zx_vcpu_write_state(f.vcpu, ZX_VCPU_STATE, &state, sizeof(state)));
  RESUME_CLEAN_EXIT(&f);

  gf_read(&f, &state);
  EXPECT_EQ(state.rax, 2);
  EXPECT_EQ(state.rcx, 4);
  EXPECT_EQ(state.rdx, 6);
  EXPECT_EQ(state.rbx, 8);
  EXPECT_EQ(state.rsp, 10);
  EXPECT_EQ(state.rbp, 12);
  EXPECT_EQ(state.rsi, 14);
  EXPECT_EQ(state.rdi, 16);
  EXPECT_EQ(state.r8, 18);
  EXPECT_EQ(state.r9, 20);
  EXPECT_EQ(state.r10, 22);
  EXPECT_EQ(state.r11, 24);
  EXPECT_EQ(state.r12, 26);
  EXPECT_EQ(state.r13, 28);
  EXPECT_EQ(state.r14, 30);
  EXPECT_EQ(state.r15, 32);
  EXPECT_EQ(state.rflags, RFLAGS_CF | RFLAGS_AC);
  gf_tear_down(&f);
}

// VcpuInterrupt.
TEST(vcpu_interrupt_runs_handler) {
  GUEST(f, interrupt);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

// VcpuInterruptPriority.
TEST(vcpu_interrupt_goes_before_exception) {
  GUEST(f, interrupt);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, EXCEPTION_VECTOR));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

// VcpuNmi.
TEST(vcpu_interrupt_nmi_runs_handler) {
  GUEST(f, interrupt);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), NMI_VECTOR);
  gf_tear_down(&f);
}

// VcpuNmiPriority.
TEST(vcpu_interrupt_nmi_goes_before_interrupt) {
  GUEST(f, interrupt);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, NMI_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), NMI_VECTOR);
  gf_tear_down(&f);
}

// VcpuException.
TEST(vcpu_interrupt_exception_runs_handler) {
  GUEST(f, interrupt);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, EXCEPTION_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), EXCEPTION_VECTOR);
  gf_tear_down(&f);
}

static void* raise_interrupt(void* arg) {
  const guest_fixture_t* f = arg;
  EXPECT_OK(zx_vcpu_interrupt(f->vcpu, INTERRUPT_VECTOR));
  return NULL;
}

// VcpuHlt: the other thread does not wait for the guest.
TEST(vcpu_resume_hlt_waits_for_interrupt) {
  GUEST(f, hlt);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, raise_interrupt, &f), 0);
  RESUME_CLEAN_EXIT(&f);
  pthread_join(thread, NULL);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

// VcpuHlt with the interrupt pending before the guest ever runs.
TEST(vcpu_resume_hlt_interrupt_pending_does_not_wait) {
  GUEST(f, hlt);
  EXPECT_OK(zx_vcpu_interrupt(f.vcpu, INTERRUPT_VECTOR));
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), INTERRUPT_VECTOR);
  gf_tear_down(&f);
}

// VcpuPause.
TEST(vcpu_resume_pause_does_not_surface) {
  GUEST(f, pause);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// VcpuWriteCr0, as of 2021.
TEST(vcpu_resume_write_cr0_reads_back) {
  GUEST(f, write_cr0);
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rbx & (CR0_NE | CR0_NW | CR0_CD), CR0_CD);
  EXPECT_EQ(state.rax & (CR0_NE | CR0_CD), CR0_NE);
  gf_tear_down(&f);
}

// VcpuWriteInvalidCr0.
TEST(vcpu_resume_write_invalid_cr0_general_protection) {
  GUEST(f, write_invalid_cr0);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), GP_VECTOR);
  gf_tear_down(&f);
}

// VcpuCompatMode.
TEST(vcpu_resume_compat_mode_all_code_sizes) {
  GUEST(f, compat_mode);
  RESUME_CLEAN_EXIT(&f);
  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rbx, 1);
  EXPECT_EQ(state.rcx, 2);
  gf_tear_down(&f);
}

// VcpuSyscall.
TEST(vcpu_resume_syscall_comes_back) {
  GUEST(f, syscall);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), GUEST_DONE);
  gf_tear_down(&f);
}

// SYSENTER and SYSEXIT in long mode are Intel's; AMD raises #UD, whose handler
// makes an exit store too.
static void expect_sysenter_done(const guest_fixture_t* f) {
  uint64_t rax = gf_rax(f);
  if (!cpu_is_intel() && rax == UD_VECTOR) {
    return;
  }
  EXPECT_EQ(rax, GUEST_DONE);
}

// The SYSENTER that QEMU emulates, unlike AMD's own, leaves a CS that is 64-bit
// and 32-bit at once, with which QEMU's VMRUN refuses to enter a guest. So the
// guest is stuck if the host takes an interrupt before the exit store.
static bool sysenter_is_broken(zx_status_t status) {
  return status == ZX_ERR_BAD_STATE && gf_host_is_qemu() && !cpu_is_intel();
}

static void run_sysenter(const guest_fixture_t* f) {
  zx_port_packet_t packet;
  zx_status_t status = zx_vcpu_resume(f->vcpu, &packet);
  if (sysenter_is_broken(status)) {
    SKIP("interrupted after SYSENTER, with a CS that this host's VMRUN refuses");
  }
  ASSERT_OK(status);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.key, EXIT_KEY);
  EXPECT_EQ(packet.guest_mem.addr, EXIT_TEST_ADDR);
  expect_sysenter_done(f);
}

// VcpuSysenter.
TEST(vcpu_resume_sysenter_comes_back) {
  GUEST(f, sysenter);
  run_sysenter(&f);
  gf_tear_down(&f);
}

// VcpuSysenterCompat.
TEST(vcpu_resume_sysenter_compat_comes_back) {
  GUEST(f, sysenter_compat);
  run_sysenter(&f);
  gf_tear_down(&f);
}

#ifdef TEST_VMCALL  // Comes with the work-around of section 11.9.
// VcpuVmcallInvalidNumber.
TEST(vcpu_resume_vmcall_unknown_number) {
  GUEST(f, vmcall);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), (uint64_t)-1000);
  gf_tear_down(&f);
}

// VcpuVmcallInvalidCpl.
TEST(vcpu_resume_vmcall_user_mode_refused) {
  GUEST(f, vmcall_user);
  RESUME_CLEAN_EXIT(&f);
  EXPECT_EQ(gf_rax(&f), (uint64_t)-1);
  gf_tear_down(&f);
}
#endif

// VcpuExtendedRegisters. The host's xmm0 may be any value that the calling
// convention allows a call to leave, but never the guest's.
TEST(vcpu_resume_vector_registers_are_private) {
  GUEST(f, extended_registers);
  const uint64_t low = 0x89abcdef01234567;
  const uint64_t high = 0x76543210fedcba98;
  RESUME_CLEAN_EXIT(&f);

  // The guest has loaded xmm0. Run it with another value in the host's.
  uint64_t host[2];
  zx_port_packet_t packet;
  __asm__ volatile("pxor %%xmm0, %%xmm0" ::: "xmm0");
  zx_status_t status = zx_vcpu_resume(f.vcpu, &packet);
  __asm__ volatile("movdqu %%xmm0, %0" : "=m"(host));
  EXPECT_OK(status);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_MEM);
  EXPECT_EQ(packet.guest_mem.addr, EXIT_TEST_ADDR);
  EXPECT_FALSE(host[0] == low && host[1] == high);

  zx_vcpu_state_t state;
  gf_read(&f, &state);
  EXPECT_EQ(state.rax, low);
  EXPECT_EQ(state.rbx, high);
  RESUME_CLEAN_EXIT(&f);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

// VcpuWriteStateIoInvalidSize.
TEST(vcpu_write_state_io_size_checked) {
  GUEST(f, vcpu_resume);
  static const struct {
    uint8_t size;
    zx_status_t status;
  } cases[] = {{1, ZX_OK},
               {2, ZX_OK},
               {4, ZX_OK},
               {0, ZX_ERR_INVALID_ARGS},
               {3, ZX_ERR_INVALID_ARGS},
               {5, ZX_ERR_INVALID_ARGS},
               {255, ZX_ERR_INVALID_ARGS}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    zx_vcpu_io_t io;
    memset(&io, 0, sizeof(io));
    io.access_size = cases[i].size;
    EXPECT_STATUS(zx_vcpu_write_state(f.vcpu, ZX_VCPU_IO, &io, sizeof(io)), cases[i].status);
  }
  gf_tear_down(&f);
}

// GuestSetTrapWithIo.
TEST(guest_set_trap_io_out_packet) {
  GUEST(f, set_trap_with_io);
  EXPECT_OK(zx_guest_set_trap(f.guest, ZX_GUEST_TRAP_IO, TRAP_PORT, 1, 0, TRAP_KEY));
  zx_port_packet_t packet;
  memset(&packet, 0xa5, sizeof(packet));
  EXPECT_OK(zx_vcpu_resume(f.vcpu, &packet));
  EXPECT_EQ(packet.key, TRAP_KEY);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_GUEST_IO);
  EXPECT_EQ(packet.guest_io.port, TRAP_PORT);
  RESUME_CLEAN_EXIT(&f);
  gf_tear_down(&f);
}

ZTEST_MAIN

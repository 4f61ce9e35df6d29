// SPDX-License-Identifier: MIT
// Processes that end while VCPUs run or halt (hypervisor.md, sections 9 and
// 13.2). Each is a child that has made its own guest; this process makes none
// before its last test, so that children start without any.

#include "vcpu_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#define NO_KVM 77

// In the child: a VCPU inside of zx_vcpu_resume, doing one thing for ever, and a
// byte to the parent that it does.
static void be_child(uint64_t operation, int ready, bool exits) {
  if (!guest_available()) _exit(NO_KVM);
  static guest_fixture_t f;
  static vx_thread_t t;
  t.operation = operation;
  if (!vx_set_up(&f) || !vx_start(&t, f.guest, VX_AP_ENTRY, vx_boot_and_do)) _exit(1);
  vx_go(&t);
  if (!vx_wait64(&f, vx_page(1) + VX_TURNS, 1)) _exit(2);
  if (operation == VX_HLT_LOOP && !vx_wait_asleep(t.tid)) _exit(3);
  if (write(ready, "", 1) != 1) _exit(4);
  // Destructors run while the VCPU does.
  if (exits) exit(0);
  for (;;) pause();
}

// How a child ended that was killed, or that ended itself, with a busy VCPU;
// -1 without KVM.
static int end_of_child(uint64_t operation, bool exits) {
  int ready[2];
  if (!EXPECT_EQ(pipe(ready), 0)) return 0;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    close(ready[0]);
    be_child(operation, ready[1], exits);
  }
  close(ready[1]);
  char byte;
  ssize_t got;
  do {
    got = read(ready[0], &byte, 1);
  } while (got == -1 && errno == EINTR);
  close(ready[0]);
  if (got == 1 && !exits) EXPECT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  EXPECT_EQ(ztest_wait_for_child(child, &status), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == NO_KVM ? -1 : status;
}

static void check_killed(uint64_t operation) {
  int status = end_of_child(operation, false);
  if (status == -1) SKIP("KVM not available: zx_guest_create says ZX_ERR_NOT_SUPPORTED");
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

static void check_exits(uint64_t operation) {
  int status = end_of_child(operation, true);
  if (status == -1) SKIP("KVM not available: zx_guest_create says ZX_ERR_NOT_SUPPORTED");
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(vcpu_process_killed_while_vcpu_halts) { check_killed(VX_HLT_LOOP); }

TEST(vcpu_process_killed_while_vcpu_computes) { check_killed(VX_COMPUTE); }

TEST(vcpu_process_exits_while_vcpu_halts) { check_exits(VX_HLT_LOOP); }

TEST(vcpu_process_exits_while_vcpu_computes) { check_exits(VX_COMPUTE); }

// The machine is as good as before.
TEST(vcpu_process_after_others_have_ended_runs_guests) {
  SERVER(f);
  vx_simple(&f, VX_NOTHING);
  gf_tear_down(&f);
}

ZTEST_MAIN

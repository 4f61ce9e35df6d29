// SPDX-License-Identifier: MIT
// What becomes of SIGSEGV and SIGBUS that are not the library's, for every disposition that a program
// may have had before its first call. Each case is a process of its own, made before any call.
// Specification: objects.md, section 2.4.

#include "ztest.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "objects.h"

// How a child ends that does not die of a signal.
enum { GOOD = 42, WRONG = 43 };

// Runs `body` in a child; what waitpid says about its end.
static int ending_of(int (*body)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    _exit(body());
  }
  int status = 0;
  if (child < 0 || ztest_wait_for_child(child, &status) != child) return -1;
  return status;
}

static void expect_exit(int status, int code) {
  EXPECT_TRUE(WIFEXITED(status));
  if (WIFEXITED(status)) EXPECT_EQ(WEXITSTATUS(status), code);
}

static void expect_death(int status, int number) {
  EXPECT_TRUE(WIFSIGNALED(status));
  if (WIFSIGNALED(status)) EXPECT_EQ(WTERMSIG(status), number);
}

static unsigned char* inaccessible(void) { return ztest_page_row() + sysconf(_SC_PAGESIZE); }

// A call with a bad pointer that has to come back.
static bool bad_pointer_refused(void) {
  return zx_port_create(0, (zx_handle_t*)(void*)inaccessible()) == ZX_ERR_INVALID_ARGS;
}

static void set_action(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(number, &action, NULL);
}

// --- The default action -------------------------------------------------------------------------

static int default_call(void) { return bad_pointer_refused() ? GOOD : WRONG; }

static int default_fault(void) {
  if (!bad_pointer_refused()) return WRONG;
  *(volatile unsigned char*)inaccessible() = 1;
  return GOOD;
}

static int default_raise(void) {
  if (!bad_pointer_refused()) return WRONG;
  raise(SIGSEGV);
  return GOOD;
}

static int default_raise_bus(void) {
  if (!bad_pointer_refused()) return WRONG;
  raise(SIGBUS);
  return GOOD;
}

TEST(faults_default_action_bad_pointer_refused) { expect_exit(ending_of(default_call), GOOD); }

TEST(faults_default_action_own_fault_kills) { expect_death(ending_of(default_fault), SIGSEGV); }

TEST(faults_default_action_sent_signal_kills) {
  expect_death(ending_of(default_raise), SIGSEGV);
  expect_death(ending_of(default_raise_bus), SIGBUS);
}

// --- Ignored ------------------------------------------------------------------------------------

static int ignored_raise(void) {
  set_action(SIGSEGV, SIG_IGN, 0);
  if (!bad_pointer_refused()) return WRONG;
  raise(SIGSEGV);
  raise(SIGSEGV);
  return bad_pointer_refused() ? GOOD : WRONG;
}

static int ignored_fault(void) {
  set_action(SIGSEGV, SIG_IGN, 0);
  if (!bad_pointer_refused()) return WRONG;
  *(volatile unsigned char*)inaccessible() = 1;  // Linux does not ignore real faults
  return GOOD;
}

TEST(faults_ignored_sent_signal_ignored) { expect_exit(ending_of(ignored_raise), GOOD); }

TEST(faults_ignored_own_fault_kills) { expect_death(ending_of(ignored_fault), SIGSEGV); }

// --- Handlers -----------------------------------------------------------------------------------

static volatile sig_atomic_t handled;
static volatile sig_atomic_t blocked_inside;

static void plain_handler(int number) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  blocked_inside = sigismember(&mask, number) + 2 * sigismember(&mask, SIGUSR2);
  handled = number;
  mprotect(ztest_page_row() + sysconf(_SC_PAGESIZE), 1, PROT_READ | PROT_WRITE);
}

static int plain_fault(void) {
  (void)ztest_page_row();
  set_action(SIGSEGV, plain_handler, 0);
  if (!bad_pointer_refused() || handled) return WRONG;
  // The handler makes the page accessible, so that the store is done on the second attempt.
  *(volatile unsigned char*)inaccessible() = 7;
  if (handled != SIGSEGV || *(volatile unsigned char*)inaccessible() != 7) return WRONG;
  return blocked_inside == 3 ? GOOD : WRONG;  // the signal itself, and the handler's own mask
}

static int plain_raise(void) {
  set_action(SIGBUS, plain_handler, 0);
  (void)ztest_page_row();
  if (!bad_pointer_refused() || handled) return WRONG;
  raise(SIGBUS);
  return handled == SIGBUS && blocked_inside == 3 ? GOOD : WRONG;
}

static int after_fault_call(void) {
  if (plain_fault() != GOOD) return WRONG;
  handled = 0;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  bool refused =
      zx_port_create(0, (zx_handle_t*)(void*)(ztest_page_row() + 3 * page)) == ZX_ERR_INVALID_ARGS;
  return refused && !handled ? GOOD : WRONG;
}

TEST(faults_plain_handler_own_fault_handled_and_retried) {
  expect_exit(ending_of(plain_fault), GOOD);
}

TEST(faults_plain_handler_sent_signal_handled) { expect_exit(ending_of(plain_raise), GOOD); }

TEST(faults_bad_pointer_after_own_fault_refused) {
  expect_exit(ending_of(after_fault_call), GOOD);
}

// --- A small stack --------------------------------------------------------------------------------

static unsigned char alternate_stack[64 * 1024];

static void overflow_handler(int number) {
  (void)number;
  _exit(GOOD);
}

__attribute__((noinline)) static int recurse(volatile int* depth) {
  volatile char room[4096];
  room[0] = (char)*depth;
  ++*depth;
  return *depth < 0 ? 0 : recurse(depth) + room[0];
}

static int stack_overflow(void) {
  stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof(alternate_stack)};
  sigaltstack(&stack, NULL);
  set_action(SIGSEGV, overflow_handler, SA_ONSTACK);
  if (!bad_pointer_refused()) return WRONG;
  volatile int depth = 0;
  return recurse(&depth) ? WRONG : WRONG;
}

TEST(faults_handler_on_alternate_stack_sees_overflow) {
  expect_exit(ending_of(stack_overflow), GOOD);
}

ZTEST_MAIN

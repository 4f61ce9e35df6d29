// SPDX-License-Identifier: MIT
// Exceptions: channels, their order, answers, and what becomes of the threads.

#include "ztest.h"

#include <pthread.h>
#include <libzx.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <zircon/syscalls/debug.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/policy.h>
#include <zircon/threads.h>

#include "threads.h"

#include "thread_fixture.h"

typedef struct caught {
  zx_exception_info_t info;
  zx_handle_t exception;
} caught_t;

static zx_handle_t channel_of(zx_handle_t task, uint32_t options) {
  zx_handle_t channel = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_task_create_exception_channel(task, options, &channel));
  return channel;
}

static bool catch(zx_handle_t channel, caught_t* caught) {
  uint32_t bytes = 0, handles = 0;
  memset(caught, 0, sizeof(*caught));
  EXPECT_OK(zx_object_wait_one(channel, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_channel_read(channel, 0, &caught->info, &caught->exception, sizeof(caught->info), 1,
                            &bytes, &handles));
  EXPECT_EQ(bytes, 24);
  return EXPECT_EQ(handles, 1);
}

static void set_state(zx_handle_t exception, uint32_t state) {
  EXPECT_OK(zx_object_set_property(exception, ZX_PROP_EXCEPTION_STATE, &state, sizeof(state)));
}

static zx_koid_t koid(zx_handle_t handle) {
  zx_info_handle_basic_t info;
  memset(&info, 0, sizeof(info));
  EXPECT_OK(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  return info.koid;
}

static uint32_t channel_type(zx_handle_t thread) {
  zx_info_thread_t info;
  memset(&info, 0xFF, sizeof(info));
  EXPECT_OK(zx_object_get_info(thread, ZX_INFO_THREAD, &info, sizeof(info), NULL, NULL));
  return info.wait_exception_channel_type;
}

// --- Threads that fault -------------------------------------------------------------------------

// Each faults at its first instruction but one; `after_ud2` can be gone on at.
void do_ud2(uintptr_t, uintptr_t);
void do_int3(uintptr_t, uintptr_t);
void do_divide(uintptr_t, uintptr_t);
void do_null_write(uintptr_t, uintptr_t);
__asm__(
    ".text\n"
    "do_ud2: nop\n"
    "fault_ud2: ud2\n"
    "after_ud2: and $-16, %rsp\n"
    "  call zx_thread_exit@PLT\n"
    "do_int3: nop\n"
    "  int3\n"
    "after_int3: call zx_thread_exit@PLT\n"
    "do_divide: xor %ecx, %ecx\n"
    "fault_divide: div %ecx\n"
    "  call zx_thread_exit@PLT\n"
    "do_null_write: xor %ecx, %ecx\n"
    "fault_null_write: movl $1, 16(%rcx)\n"
    "  call zx_thread_exit@PLT\n");
extern const char fault_ud2[], after_ud2[], after_int3[], fault_divide[], fault_null_write[];

static void go_on_at(zx_handle_t thread, const void* where) {
  zx_thread_state_general_regs_t regs;
  EXPECT_OK(zx_thread_read_state(thread, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
  regs.rip = (uintptr_t)where;
  EXPECT_OK(zx_thread_write_state(thread, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
}

// Ends an exception so that the thread goes on behind the fault.
static void mend(zx_handle_t thread, zx_handle_t exception) {
  go_on_at(thread, after_ud2);
  set_state(exception, ZX_EXCEPTION_STATE_HANDLED);
  EXPECT_OK(zx_handle_close(exception));
}

TEST(exception_each_fault_has_its_type_and_report) {
  static started_t thread;
  static const struct {
    started_run_t run;
    uint32_t type;
    uint64_t vector;
    const char* at;
  } faults[] = {{do_ud2, ZX_EXCP_UNDEFINED_INSTRUCTION, 6, fault_ud2},
                {do_int3, ZX_EXCP_SW_BREAKPOINT, 3, after_int3},
                {do_divide, ZX_EXCP_GENERAL, 0, fault_divide},
                {do_null_write, ZX_EXCP_FATAL_PAGE_FAULT, 14, fault_null_write}};
  zx_thread_state_general_regs_t regs;
  zx_exception_report_t report;
  caught_t caught;
  for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
    started_make(&thread, "faults");
    zx_handle_t channel = channel_of(thread.handle, 0);
    EXPECT_STATUS(zx_object_get_info(thread.handle, ZX_INFO_THREAD_EXCEPTION_REPORT, &report,
                                     sizeof(report), NULL, NULL),
                  ZX_ERR_BAD_STATE);
    EXPECT_OK(started_go(&thread, faults[i].run, 0, 0));
    ASSERT_TRUE(catch(channel, &caught));
    EXPECT_EQ(caught.info.type, faults[i].type);
    EXPECT_EQ(caught.info.pid, koid(zx_process_self()));
    EXPECT_EQ(caught.info.tid, koid(thread.handle));
    EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_BLOCKED_EXCEPTION);
    EXPECT_EQ(channel_type(thread.handle), ZX_EXCEPTION_CHANNEL_TYPE_THREAD);
    EXPECT_EQ(signals_of(thread.handle) & THREAD_ALL, ZX_THREAD_RUNNING);
    memset(&report, 0xFF, sizeof(report));
    EXPECT_OK(zx_object_get_info(thread.handle, ZX_INFO_THREAD_EXCEPTION_REPORT, &report,
                                 sizeof(report), NULL, NULL));
    EXPECT_EQ(report.header.size, 40);
    EXPECT_EQ(report.header.type, faults[i].type);
    EXPECT_EQ(report.context.arch.u.x86_64.vector, faults[i].vector);
    if (faults[i].vector == 14) {
      EXPECT_EQ(report.context.arch.u.x86_64.cr2, 16);
      EXPECT_EQ(report.context.arch.u.x86_64.err_code, 6);
    }
    EXPECT_EQ(report.context.synth_code, 0);
    EXPECT_OK(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
    EXPECT_EQ(regs.rip, faults[i].at);
    mend(thread.handle, caught.exception);
    EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
    zx_signals_t seen = 0;
    EXPECT_OK(zx_object_wait_one(channel, ZX_CHANNEL_PEER_CLOSED, ZX_TIME_INFINITE, &seen));
    EXPECT_OK(zx_handle_close(channel));
    EXPECT_OK(zx_handle_close(thread.handle));
  }
}

TEST(exception_handled_repeats_the_fault) {
  static started_t thread;
  caught_t caught;
  started_make(&thread, "faults");
  zx_handle_t channel = channel_of(thread.handle, 0);
  EXPECT_OK(started_go(&thread, do_ud2, 0, 0));
  for (int i = 0; i < 5; i++) {
    ASSERT_TRUE(catch(channel, &caught));
    set_state(caught.exception, ZX_EXCEPTION_STATE_HANDLED);
    EXPECT_OK(zx_handle_close(caught.exception));
  }
  ASSERT_TRUE(catch(channel, &caught));
  mend(thread.handle, caught.exception);
  started_join(&thread);
  EXPECT_OK(zx_handle_close(channel));
}

TEST(exception_of_a_pthread_reaches_the_process_channel) {
  caught_t caught;
  pthread_t thread;
  zx_handle_t channel = channel_of(zx_process_self(), 0), victim, process;
  ASSERT_EQ(pthread_create(&thread, NULL, (void* (*)(void*))(uintptr_t)do_ud2, NULL), 0);
  ASSERT_TRUE(catch(channel, &caught));
  EXPECT_OK(zx_exception_get_thread(caught.exception, &victim));
  EXPECT_OK(zx_exception_get_process(caught.exception, &process));
  EXPECT_EQ(koid(victim), caught.info.tid);
  EXPECT_EQ(koid(process), koid(zx_process_self()));
  EXPECT_EQ(channel_type(victim), ZX_EXCEPTION_CHANNEL_TYPE_PROCESS);
  mend(victim, caught.exception);
  pthread_join(thread, NULL);
  EXPECT_OK(zx_object_wait_one(victim, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_handle_close(victim));
  EXPECT_OK(zx_handle_close(process));
  EXPECT_OK(zx_handle_close(channel));
}

TEST(exception_goes_from_debugger_over_thread_and_process_to_job) {
  static started_t thread;
  caught_t caught;
  started_make(&thread, "faults");
  zx_handle_t channels[4] = {channel_of(zx_process_self(), ZX_EXCEPTION_CHANNEL_DEBUGGER),
                             channel_of(thread.handle, 0), channel_of(zx_process_self(), 0),
                             channel_of(zx_job_default(), 0)};
  const uint32_t types[] = {
      ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER, ZX_EXCEPTION_CHANNEL_TYPE_THREAD,
      ZX_EXCEPTION_CHANNEL_TYPE_PROCESS, ZX_EXCEPTION_CHANNEL_TYPE_DEBUGGER,
      ZX_EXCEPTION_CHANNEL_TYPE_JOB};
  const int from[] = {0, 1, 2, 0, 3};
  EXPECT_OK(started_go(&thread, do_ud2, 0, 0));
  ASSERT_TRUE(catch(channels[0], &caught));
  EXPECT_EQ(caught.info.type, ZX_EXCP_THREAD_STARTING);
  go_on_at(thread.handle, fault_ud2);
  set_state(caught.exception, ZX_EXCEPTION_STATE_HANDLED);
  EXPECT_OK(zx_handle_close(caught.exception));
  for (int i = 0; i < 5; i++) {
    ASSERT_TRUE(catch(channels[from[i]], &caught));
    EXPECT_EQ(caught.info.type, ZX_EXCP_UNDEFINED_INSTRUCTION);
    EXPECT_EQ(channel_type(thread.handle), types[i]);
    uint32_t strategy = ZX_EXCEPTION_STRATEGY_SECOND_CHANCE;
    EXPECT_STATUS(zx_object_set_property(caught.exception, ZX_PROP_EXCEPTION_STRATEGY, &strategy,
                                         sizeof(strategy)),
                  from[i] == 0 ? ZX_OK : ZX_ERR_BAD_STATE);
    if (i == 1) {
      zx_handle_t process = 77;
      EXPECT_STATUS(zx_exception_get_process(caught.exception, &process), ZX_ERR_ACCESS_DENIED);
    }
    if (i < 4) EXPECT_OK(zx_handle_close(caught.exception));
  }
  mend(thread.handle, caught.exception);
  ASSERT_TRUE(catch(channels[0], &caught));
  EXPECT_EQ(caught.info.type, ZX_EXCP_THREAD_EXITING);
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_DYING);
  zx_thread_state_general_regs_t regs;
  EXPECT_STATUS(
      zx_thread_read_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)),
      ZX_ERR_NOT_SUPPORTED);
  EXPECT_OK(zx_handle_close(caught.exception));
  started_join(&thread);
  for (int i = 0; i < 4; i++) EXPECT_OK(zx_handle_close(channels[i]));
}

TEST(exception_closed_channels_are_skipped) {
  static started_t thread;
  caught_t caught;
  started_make(&thread, "faults");
  zx_handle_t own = channel_of(thread.handle, 0), process = channel_of(zx_process_self(), 0);
  EXPECT_OK(started_go(&thread, do_ud2, 0, 0));
  // Unread, its message passes on.
  EXPECT_OK(zx_object_wait_one(own, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_handle_close(own));
  ASSERT_TRUE(catch(process, &caught));
  // Read, the channel has nothing to say about it any more.
  EXPECT_OK(zx_handle_close(process));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(5)));
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_BLOCKED_EXCEPTION);
  mend(thread.handle, caught.exception);
  started_join(&thread);
}

TEST(exception_properties_and_rights) {
  static started_t thread;
  caught_t caught;
  uint32_t value = 99;
  zx_info_handle_basic_t info;
  started_make(&thread, "faults");
  zx_handle_t channel = channel_of(thread.handle, 0), same = 77;
  EXPECT_OK(zx_object_get_info(channel, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.rights, ZX_RIGHT_TRANSFER | ZX_RIGHT_WAIT | ZX_RIGHT_READ);
  EXPECT_STATUS(zx_task_create_exception_channel(thread.handle, 0, &same), ZX_ERR_ALREADY_BOUND);
  EXPECT_EQ(same, 77);
  EXPECT_OK(started_go(&thread, do_ud2, 0, 0));
  ASSERT_TRUE(catch(channel, &caught));
  EXPECT_OK(
      zx_object_get_info(caught.exception, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.rights, 0x80C2);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_EXCEPTION);
  const uint32_t state = ZX_PROP_EXCEPTION_STATE, strategy = ZX_PROP_EXCEPTION_STRATEGY;
  EXPECT_OK(zx_object_get_property(caught.exception, state, &value, sizeof(value)));
  EXPECT_EQ(value, ZX_EXCEPTION_STATE_TRY_NEXT);
  value = ~0u;
  EXPECT_STATUS(zx_object_set_property(caught.exception, state, &value, sizeof(value)),
                ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_object_set_property(caught.exception, state, &value, 3), ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_STATUS(zx_object_get_property(caught.exception, state, &value, 3), ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_STATUS(zx_object_set_property(thread.handle, state, &value, sizeof(value)),
                ZX_ERR_WRONG_TYPE);
  value = 0;
  EXPECT_STATUS(zx_object_set_property(caught.exception, strategy, &value, sizeof(value)),
                ZX_ERR_BAD_STATE);
  set_state(caught.exception, ZX_EXCEPTION_STATE_HANDLED);
  EXPECT_OK(zx_object_get_property(caught.exception, state, &value, sizeof(value)));
  EXPECT_EQ(value, ZX_EXCEPTION_STATE_HANDLED);
  zx_handle_t victim;
  EXPECT_OK(zx_exception_get_thread(caught.exception, &victim));
  EXPECT_OK(zx_object_get_info(victim, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.rights, ZX_DEFAULT_THREAD_RIGHTS);
  EXPECT_OK(zx_handle_close(victim));
  EXPECT_STATUS(zx_exception_get_thread(thread.handle, &victim), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_exception_get_process(0, &victim), ZX_ERR_BAD_HANDLE);
  mend(thread.handle, caught.exception);
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_STATUS(zx_task_create_exception_channel(thread.handle, 0, &same), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(thread.handle));
  EXPECT_OK(zx_handle_close(channel));
}

TEST(exception_channel_errors_in_order) {
  zx_handle_t out = 77, event = new_event(), weak;
  const zx_rights_t all = ZX_DEFAULT_PROCESS_RIGHTS;
  const zx_rights_t needed[] = {ZX_RIGHT_INSPECT, ZX_RIGHT_DUPLICATE, ZX_RIGHT_TRANSFER,
                                ZX_RIGHT_MANAGE_THREAD, ZX_RIGHT_ENUMERATE};
  void* bad;
  EXPECT_STATUS(zx_task_create_exception_channel(0, 2, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_task_create_exception_channel(0, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_task_create_exception_channel(event, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_task_create_exception_channel(zx_thread_self(), 1, &out), ZX_ERR_INVALID_ARGS);
  for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
    ASSERT_OK(zx_handle_duplicate(zx_process_self(), all & ~needed[i], &weak));
    EXPECT_STATUS(zx_task_create_exception_channel(weak, 0, &out), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_handle_close(weak));
  }
  EXPECT_EQ(out, 77);
  for (int i = 0; ztest_bad_write(i, sizeof(out), &bad); i++)
    EXPECT_STATUS(zx_task_create_exception_channel(zx_process_self(), 0, bad), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(channel_of(zx_process_self(), 0)));
  EXPECT_OK(zx_handle_close(channel_of(zx_process_self(), 0)));
  EXPECT_OK(zx_handle_close(event));
}

static void expect_debuggers(bool attached) {
  zx_info_process_t process;
  zx_info_job_t job;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_V1, &process, sizeof(process), NULL,
                               NULL));
  EXPECT_OK(zx_object_get_info(zx_job_default(), ZX_INFO_JOB, &job, sizeof(job), NULL, NULL));
  EXPECT_EQ(process.debugger_attached, attached);
  EXPECT_EQ(job.debugger_attached, attached);
}

TEST(exception_debugger_attached_while_its_channel_is_open) {
  expect_debuggers(false);
  zx_handle_t plain = channel_of(zx_process_self(), 0);
  expect_debuggers(false);
  zx_handle_t process = channel_of(zx_process_self(), ZX_EXCEPTION_CHANNEL_DEBUGGER);
  zx_handle_t job = channel_of(zx_job_default(), ZX_EXCEPTION_CHANNEL_DEBUGGER);
  expect_debuggers(true);
  EXPECT_OK(zx_handle_close(process));
  EXPECT_OK(zx_handle_close(job));
  expect_debuggers(false);
  EXPECT_OK(zx_handle_close(plain));
}

TEST(exception_thread_exit_ends_the_thread) {
  static started_t thread;
  caught_t caught;
  started_make(&thread, "faults");
  zx_handle_t channel = channel_of(thread.handle, 0);
  EXPECT_OK(started_go(&thread, do_ud2, 0, 0));
  ASSERT_TRUE(catch(channel, &caught));
  set_state(caught.exception, 2);
  EXPECT_OK(zx_handle_close(caught.exception));
  started_join(&thread);
  EXPECT_OK(zx_handle_close(channel));
}

TEST(exception_and_suspension_together) {
  static started_t thread;
  caught_t caught;
  zx_handle_t token;
  started_make(&thread, "faults");
  zx_handle_t channel = channel_of(thread.handle, 0);
  EXPECT_OK(started_go(&thread, do_ud2, 0, 0));
  ASSERT_TRUE(catch(channel, &caught));
  EXPECT_OK(zx_task_suspend(thread.handle, &token));
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_BLOCKED_EXCEPTION);
  EXPECT_EQ(signals_of(thread.handle) & THREAD_ALL, ZX_THREAD_RUNNING);
  mend(thread.handle, caught.exception);
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_SUSPENDED);
  EXPECT_OK(zx_handle_close(token));
  started_join(&thread);
  EXPECT_OK(zx_handle_close(channel));
}

// --- The program's own handlers -----------------------------------------------------------------

static volatile int own_handler_ran;
static volatile zx_handle_t own_channel;

static void own_handler(int number, siginfo_t* info, void* context) {
  (void)info;
  own_handler_ran = number;
  ((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)after_ud2;
}

// What the program does with a fault that no channel deals with: its handler of before, or its end.
static int child(bool with_handler, started_run_t run) {
  static started_t thread;
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = own_handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  if (with_handler) {
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
  }
  zx_handle_t channel, exception;
  zx_exception_info_t info;
  uint32_t bytes, handles;
  if (zx_task_create_exception_channel(zx_process_self(), 0, &channel)) return 100;
  if (zx_thread_create(zx_process_self(), "x", 1, 0, &thread.handle)) return 101;
  if (started_go(&thread, run, 0, 0)) return 102;
  zx_object_wait_one(channel, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL);
  if (zx_channel_read(channel, 0, &info, &exception, sizeof(info), 1, &bytes, &handles)) return 103;
  if (zx_handle_close(exception)) return 104;  // try next, and nobody is left
  zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL);
  return own_handler_ran;
}

static int status_of_child(bool with_handler, started_run_t run) {
  int status = -1;
  char* const arguments[] = {"exception", with_handler ? "child-handler" : "child",
                             run == do_ud2 ? "ud2" : run == do_int3 ? "int3" : "null", NULL};
  pid_t pid = vfork();
  if (pid == 0) {
    execv("/proc/self/exe", arguments);
    _exit(99);
  }
  waitpid(pid, &status, 0);
  return status;
}

TEST(exception_that_nobody_handles_is_the_signal_that_it_was) {
  int status = status_of_child(true, do_ud2);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), SIGILL);
  status = status_of_child(true, do_null_write);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), SIGSEGV);
  status = status_of_child(false, do_ud2);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGILL);
  status = status_of_child(false, do_null_write);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  status = status_of_child(false, do_int3);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTRAP);
}

// --- Policies -----------------------------------------------------------------------------------

static zx_handle_t policy_channel;
static volatile uint32_t policy_seen[3];

static void* answer_policy_error(void* unused) {
  zx_exception_report_t report;
  caught_t caught;
  zx_handle_t thread;
  if (!catch(policy_channel, &caught)) return unused;
  policy_seen[0] = caught.info.type;
  EXPECT_OK(zx_exception_get_thread(caught.exception, &thread));
  EXPECT_OK(zx_object_get_info(thread, ZX_INFO_THREAD_EXCEPTION_REPORT, &report, sizeof(report), NULL,
                               NULL));
  policy_seen[1] = report.context.synth_code;
  policy_seen[2] = thread_state(thread);
  set_state(caught.exception, ZX_EXCEPTION_STATE_HANDLED);
  EXPECT_OK(zx_handle_close(caught.exception));
  EXPECT_OK(zx_handle_close(thread));
  return unused;
}

// In a job that lets events be made, or not, with an exception each time.
static int policy_child(uint32_t action, zx_status_t want) {
  const zx_policy_basic_v2_t policy = {ZX_POL_NEW_EVENT, action, ZX_POL_OVERRIDE_DENY};
  zx_handle_t job, event = 0;
  pthread_t thread;
  if (zx_job_create(zx_job_default(), 0, &job)) return 100;
  if (zx_job_set_policy(job, ZX_JOB_POL_RELATIVE, ZX_JOB_POL_BASIC_V2, &policy, 1)) return 101;
  if (zx_task_create_exception_channel(zx_process_self(), ZX_EXCEPTION_CHANNEL_DEBUGGER,
                                       &policy_channel))
    return 102;
  if (libzx_process_move_to_job(job)) return 103;
  if (pthread_create(&thread, NULL, answer_policy_error, NULL)) return 104;
  if (zx_event_create(0, &event) != want) return 105;
  // The other thread's end would be asked about, too.
  if (zx_handle_close(policy_channel)) return 109;
  pthread_join(thread, NULL);
  if (policy_seen[0] != ZX_EXCP_POLICY_ERROR) return 106;
  if (policy_seen[1] != ZX_EXCP_POLICY_CODE_NEW_EVENT) return 107;
  return policy_seen[2] == ZX_THREAD_STATE_BLOCKED_EXCEPTION ? 0 : 108;
}

TEST(exception_of_a_policy_stops_the_call_before_it_gives_back) {
  const char* const children[] = {"child-policy-allow", "child-policy-deny"};
  for (int i = 0; i < 2; i++) {
    int status = -1;
    char* const arguments[] = {(char*)"exception", (char*)(uintptr_t)children[i], (char*)"x", NULL};
    pid_t pid = vfork();
    if (pid == 0) {
      execv("/proc/self/exe", arguments);
      _exit(99);
    }
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
}

// --- Many ---------------------------------------------------------------------------------------

TEST(exception_from_eight_threads_at_once) {
  static started_t threads[8];
  zx_handle_t channel = channel_of(zx_process_self(), 0);
  caught_t caught;
  for (uint32_t round = 0; round < ztest_rounds(50); round++) {
    for (int i = 0; i < 8; i++) started_begin(&threads[i], do_ud2, 0, 0);
    for (int i = 0; i < 8; i++) {
      zx_handle_t victim;
      ASSERT_TRUE(catch(channel, &caught));
      EXPECT_OK(zx_exception_get_thread(caught.exception, &victim));
      mend(victim, caught.exception);
      EXPECT_OK(zx_handle_close(victim));
    }
    for (int i = 0; i < 8; i++) started_join(&threads[i]);
  }
  EXPECT_OK(zx_handle_close(channel));
}

int main(int argc, char** argv) {
  if (argc == 3 && strncmp(argv[1], "child", 5) == 0) {
    const char* what = argv[2];
    if (strcmp(argv[1], "child-policy-allow") == 0)
      return policy_child(ZX_POL_ACTION_ALLOW_EXCEPTION, ZX_OK);
    if (strcmp(argv[1], "child-policy-deny") == 0)
      return policy_child(ZX_POL_ACTION_DENY_EXCEPTION, ZX_ERR_ACCESS_DENIED);
    started_run_t run = what[0] == 'u' ? do_ud2 : what[0] == 'i' ? do_int3 : do_null_write;
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    return child(strcmp(argv[1], "child-handler") == 0, run);
  }
  return ztest_main(argc, argv);
}

// SPDX-License-Identifier: MIT
// Threads: making, starting and ending them, their names, handles and states.

#include "ztest.h"

#include <pthread.h>
#include <zircon/syscalls/port.h>
#include <zircon/threads.h>

#include "threads.h"

#include "thread_fixture.h"

static void just_exit(uintptr_t a, uintptr_t b) {
  (void)a, (void)b;
  zx_thread_exit();
}

TEST(thread_create_start_exit_terminated) {
  static started_t thread;
  zx_signals_t observed = 0;
  started_make(&thread, "short");
  EXPECT_EQ(signals_of(thread.handle), 0);
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_NEW);
  EXPECT_OK(started_go(&thread, just_exit, 0, 0));
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, &observed));
  EXPECT_EQ(observed & THREAD_ALL, ZX_THREAD_TERMINATED);
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_DEAD);
  EXPECT_STATUS(started_go(&thread, just_exit, 0, 0), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(thread.handle));
}

TEST(thread_create_handle_has_default_rights) {
  zx_handle_t thread;
  zx_info_handle_basic_t info, process;
  ASSERT_OK(zx_thread_create(zx_process_self(), "x", 1, 0, &thread));
  EXPECT_OK(zx_object_get_info(thread, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_HANDLE_BASIC, &process, sizeof(process),
                               NULL, NULL));
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_THREAD);
  EXPECT_EQ(info.rights, 0x4D2CF);
  EXPECT_EQ(info.related_koid, process.koid);
  EXPECT_OK(zx_handle_close(thread));
}

TEST(thread_create_errors_in_order) {
  zx_handle_t thread = 77, weak, event = new_event();
  const zx_handle_t self = zx_process_self();
  void* bad;
  EXPECT_STATUS(zx_thread_create(self, "x", 1, 1, &thread), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_create(event, "x", 1, 1, &thread), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_create(event, NULL, 0, 0, &thread), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_read(i, 2, &bad); i++)
    EXPECT_STATUS(zx_thread_create(event, bad, 2, 0, &thread), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_create(ZX_HANDLE_INVALID, "x", 1, 0, &thread), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_thread_create(event, "x", 1, 0, &thread), ZX_ERR_WRONG_TYPE);
  ASSERT_OK(zx_handle_duplicate(self, ZX_RIGHTS_BASIC | ZX_RIGHTS_IO, &weak));
  EXPECT_STATUS(zx_thread_create(weak, "x", 1, 0, &thread), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(thread, 77);
  for (int i = 0; ztest_bad_write(i, sizeof(thread), &bad); i++)
    EXPECT_STATUS(zx_thread_create(self, "x", 1, 0, bad), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_OK(zx_handle_close(event));
}

static void expect_name(zx_handle_t thread, const char* want) {
  char name[ZX_MAX_NAME_LEN];
  memset(name, 'x', sizeof(name));
  EXPECT_OK(zx_object_get_property(thread, ZX_PROP_NAME, name, sizeof(name)));
  EXPECT_STR(name, want);
}

TEST(thread_create_long_name_is_cut) {
  const char* alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  zx_handle_t thread;
  ASSERT_OK(zx_thread_create(zx_process_self(), alphabet, strlen(alphabet), 0, &thread));
  expect_name(thread, "abcdefghijklmnopqrstuvwxyz01234");
  EXPECT_OK(zx_object_set_property(thread, ZX_PROP_NAME, alphabet + 3, strlen(alphabet + 3)));
  expect_name(thread, "defghijklmnopqrstuvwxyz01234567");
  EXPECT_OK(zx_handle_close(thread));
  ASSERT_OK(zx_thread_create(zx_process_self(), "", 0, 0, &thread));
  expect_name(thread, "");
  EXPECT_OK(zx_handle_close(thread));
  ASSERT_OK(zx_thread_create(zx_process_self(), "ab\0cd", 5, 0, &thread));
  expect_name(thread, "ab");
  EXPECT_OK(zx_handle_close(thread));
}

TEST(thread_start_errors_in_order) {
  zx_handle_t thread, weak, event = new_event();
  ASSERT_OK(zx_thread_create(zx_process_self(), "x", 1, 0, &thread));
  ASSERT_OK(zx_handle_duplicate(thread, ZX_RIGHTS_BASIC | ZX_RIGHTS_IO, &weak));
  EXPECT_STATUS(zx_thread_start(ZX_HANDLE_INVALID, 0, 0, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_thread_start(event, 0, 0, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_thread_start(weak, 1, 0, 0, 0), ZX_ERR_ACCESS_DENIED);
  const uintptr_t bad[] = {1, 0xFFFF, 0x800000000000u, 0x8000000000000000u, 0xFFFFFFFF80000000u,
                           UINTPTR_MAX};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    EXPECT_STATUS(zx_thread_start(thread, bad[i], 0, 0, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(thread_state(thread), ZX_THREAD_STATE_NEW);
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_OK(zx_handle_close(thread));
  EXPECT_OK(zx_handle_close(event));
}

// --- What a thread begins with ------------------------------------------------------------------

static uint64_t begun[17];

void store_registers(void);
__asm__(
    ".text\n"
    "store_registers:\n"
    "  push %rax\n"
    "  lea begun(%rip), %rax\n"
    "  mov %rbx, 0(%rax)\n"
    "  mov %rcx, 8(%rax)\n"
    "  mov %rdx, 16(%rax)\n"
    "  mov %rbp, 24(%rax)\n"
    "  mov %r8, 32(%rax)\n"
    "  mov %r9, 40(%rax)\n"
    "  mov %r10, 48(%rax)\n"
    "  mov %r11, 56(%rax)\n"
    "  mov %r12, 64(%rax)\n"
    "  mov %r13, 72(%rax)\n"
    "  mov %r14, 80(%rax)\n"
    "  mov %r15, 88(%rax)\n"
    "  pop %rbx\n"
    "  mov %rbx, 96(%rax)\n"
    "  mov %rsp, 104(%rax)\n"
    "  mov %rdi, 112(%rax)\n"
    "  mov %rsi, 120(%rax)\n"
    "  call zx_thread_exit@PLT\n");

TEST(thread_start_registers_are_zero_but_for_stack_and_arguments) {
  static started_t thread;
  uintptr_t top = stack_top(thread.stack, sizeof(thread.stack)) - 5;
  memset(begun, 0xFF, sizeof(begun));
  started_make(&thread, "registers");
  EXPECT_OK(zx_thread_start(thread.handle, (uintptr_t)store_registers, top, 0x1234567890, UINT64_MAX));
  started_join(&thread);
  for (int i = 0; i <= 12; i++) EXPECT_EQ(begun[i], 0);
  EXPECT_EQ(begun[13], top);
  EXPECT_EQ(begun[14], 0x1234567890);
  EXPECT_EQ(begun[15], UINT64_MAX);
}

// --- Small stacks -------------------------------------------------------------------------------

static zx_handle_t small_channel[2];
static int signals_taken;

static void on_signal(int number) {
  (void)number;
  __atomic_fetch_add(&signals_taken, 1, __ATOMIC_RELAXED);
}

// The loader resolves these before the program runs. Where it does that at a function's first call it
// needs more stack than the call.
static const struct {
  __typeof__(zx_port_create)* port_create;
  __typeof__(zx_handle_close)* handle_close;
  __typeof__(zx_channel_write)* channel_write;
  __typeof__(zx_channel_read)* channel_read;
  __typeof__(zx_object_wait_one)* wait_one;
  __typeof__(zx_object_signal)* signal;
  __typeof__(zx_thread_exit)* thread_exit;
} volatile small = {zx_port_create,  zx_handle_close,    zx_channel_write, zx_channel_read,
                    zx_object_wait_one, zx_object_signal, zx_thread_exit};

static void use_small_stack(uintptr_t event, uintptr_t unused) {
  (void)unused;
  zx_handle_t port;
  uint32_t bytes;
  char text[8];
  if (small.port_create(0, &port) == ZX_OK && small.handle_close(port) == ZX_OK &&
      small.channel_write(small_channel[0], 0, "message", 8, NULL, 0) == ZX_OK &&
      small.channel_read(small_channel[1], 0, text, NULL, 8, 0, &bytes, NULL) == ZX_OK &&
      small.wait_one((zx_handle_t)event, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL) == ZX_OK)
    small.signal((zx_handle_t)event, ZX_EVENT_SIGNALED, ZX_USER_SIGNAL_0);
  small.thread_exit();
}

// The number of the process's newest thread.
static pid_t last_thread(void) {
  DIR* tasks = opendir("/proc/self/task");
  pid_t last = 0;
  for (struct dirent* entry; tasks && (entry = readdir(tasks));)
    if (atoi(entry->d_name) > last) last = atoi(entry->d_name);
  if (tasks) closedir(tasks);
  return last;
}

// Calls and signals find room elsewhere.
TEST(thread_start_stack_of_a_kibibyte_suffices) {
  static struct {
    unsigned char below[4096];
    _Alignas(16) unsigned char stack[1024];
  } room;
  zx_handle_t thread, event = new_event();
  struct sigaction action, before;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigaction(SIGUSR1, &action, &before);
  memset(&room, 0x5A, sizeof(room));
  ASSERT_OK(zx_channel_create(0, &small_channel[0], &small_channel[1]));
  ASSERT_OK(zx_thread_create(zx_process_self(), "small", 5, 0, &thread));
  ASSERT_OK(zx_thread_start(thread, (uintptr_t)use_small_stack, stack_top(room.stack, 1024), event,
                            0));
  await_state(thread, ZX_THREAD_STATE_BLOCKED_WAIT_ONE);
  pid_t tid = last_thread();
  tgkill(getpid(), tid, SIGUSR1);
  while (!__atomic_load_n(&signals_taken, __ATOMIC_ACQUIRE)) sched_yield();
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_object_wait_one(thread, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_EQ(signals_of(event), ZX_USER_SIGNAL_0);
  int touched = 0;
  for (size_t i = 0; i < sizeof(room.below); i++) touched += room.below[i] != 0x5A;
  EXPECT_EQ(touched, 0);
  sigaction(SIGUSR1, &before, NULL);
  EXPECT_OK(zx_handle_close(thread));
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(small_channel[0]));
  EXPECT_OK(zx_handle_close(small_channel[1]));
}

// --- Life ---------------------------------------------------------------------------------------

static void signal_and_exit(uintptr_t go, uintptr_t done) {
  zx_object_wait_one((zx_handle_t)go, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL);
  zx_object_signal((zx_handle_t)done, 0, ZX_EVENT_SIGNALED);
  zx_thread_exit();
}

TEST(thread_without_handles_runs_to_its_end) {
  static started_t thread;
  zx_handle_t go = new_event(), done = new_event();
  started_begin(&thread, signal_and_exit, go, done);
  EXPECT_OK(zx_handle_close(thread.handle));
  EXPECT_OK(zx_object_signal(go, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_object_wait_one(done, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_handle_close(go));
  EXPECT_OK(zx_handle_close(done));
}

TEST(thread_running_signal_while_it_runs) {
  static started_t thread;
  zx_handle_t go = new_event(), done = new_event(), port;
  zx_port_packet_t packet;
  ASSERT_OK(zx_port_create(0, &port));
  started_make(&thread, "waited for");
  EXPECT_OK(zx_object_wait_async(thread.handle, port, 1, ZX_THREAD_RUNNING, 0));
  EXPECT_OK(zx_object_wait_async(thread.handle, port, 2, ZX_THREAD_TERMINATED, 0));
  EXPECT_OK(started_go(&thread, signal_and_exit, go, done));
  EXPECT_EQ(signals_of(thread.handle) & THREAD_ALL, ZX_THREAD_RUNNING);
  EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
  EXPECT_EQ(packet.key, 1);
  EXPECT_OK(zx_object_signal(go, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
  EXPECT_EQ(packet.key, 2);
  EXPECT_EQ(packet.signal.observed & THREAD_ALL, ZX_THREAD_TERMINATED);
  started_join(&thread);
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(go));
  EXPECT_OK(zx_handle_close(done));
}

static bool listed(zx_koid_t koid) {
  zx_koid_t koids[256];
  size_t actual = 0;
  EXPECT_OK(zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS_THREADS, koids, sizeof(koids),
                               &actual, NULL));
  for (size_t i = 0; i < actual; i++)
    if (koids[i] == koid) return true;
  return false;
}

static zx_koid_t koid_of_handle(zx_handle_t handle) {
  zx_info_handle_basic_t info;
  memset(&info, 0, sizeof(info));
  EXPECT_OK(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  return info.koid;
}

TEST(thread_is_a_child_of_its_process_while_it_runs) {
  static started_t thread;
  zx_handle_t go = new_event(), done = new_event(), child = 0;
  started_make(&thread, "child");
  zx_koid_t koid = koid_of_handle(thread.handle);
  EXPECT_FALSE(listed(koid));
  EXPECT_STATUS(zx_object_get_child(zx_process_self(), koid, ZX_RIGHT_SAME_RIGHTS, &child),
                ZX_ERR_NOT_FOUND);
  EXPECT_OK(started_go(&thread, signal_and_exit, go, done));
  EXPECT_TRUE(listed(koid));
  EXPECT_TRUE(listed(koid_of_handle(zx_thread_self())));
  EXPECT_OK(zx_object_get_child(zx_process_self(), koid, ZX_RIGHT_SAME_RIGHTS, &child));
  EXPECT_EQ(koid_of_handle(child), koid);
  EXPECT_OK(zx_handle_close(child));
  EXPECT_OK(zx_object_signal(go, 0, ZX_EVENT_SIGNALED));
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_FALSE(listed(koid));
  EXPECT_STATUS(zx_object_get_child(zx_process_self(), koid, ZX_RIGHT_SAME_RIGHTS, &child),
                ZX_ERR_NOT_FOUND);
  started_join(&thread);
  EXPECT_OK(zx_handle_close(go));
  EXPECT_OK(zx_handle_close(done));
}

// --- States -------------------------------------------------------------------------------------

typedef struct blocked {
  zx_handle_t event, port, channel[2], interrupt;
} blocked_t;

static blocked_t blocked;

static void block(uintptr_t state, uintptr_t unused) {
  (void)unused;
  zx_port_packet_t packet;
  zx_wait_item_t items[2] = {{blocked.event, ZX_EVENT_SIGNALED, 0}, {blocked.port, 0, 0}};
  items[1].handle = blocked.channel[0];
  items[1].waitfor = ZX_USER_SIGNAL_7;
  char request[16] = {0}, reply[16];
  uint32_t bytes, handles;
  zx_channel_call_args_t args = {.wr_bytes = request, .wr_num_bytes = sizeof(request),
                                 .rd_bytes = reply, .rd_num_bytes = sizeof(reply)};
  switch (state) {
    case ZX_THREAD_STATE_BLOCKED_SLEEPING: zx_nanosleep(zx_deadline_after(ZX_MSEC(300))); break;
    case ZX_THREAD_STATE_BLOCKED_PORT: zx_port_wait(blocked.port, ZX_TIME_INFINITE, &packet); break;
    case ZX_THREAD_STATE_BLOCKED_CHANNEL:
      zx_channel_call(blocked.channel[0], 0, ZX_TIME_INFINITE, &args, &bytes, &handles);
      break;
    case ZX_THREAD_STATE_BLOCKED_WAIT_ONE:
      zx_object_wait_one(blocked.event, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL);
      break;
    case ZX_THREAD_STATE_BLOCKED_WAIT_MANY: zx_object_wait_many(items, 2, ZX_TIME_INFINITE); break;
    case ZX_THREAD_STATE_BLOCKED_INTERRUPT: zx_interrupt_wait(blocked.interrupt, NULL); break;
    default: break;
  }
  zx_thread_exit();
}

TEST(thread_state_tells_what_it_is_blocked_on) {
  static started_t thread;
  const uint32_t states[] = {ZX_THREAD_STATE_BLOCKED_SLEEPING, ZX_THREAD_STATE_BLOCKED_PORT,
                             ZX_THREAD_STATE_BLOCKED_CHANNEL, ZX_THREAD_STATE_BLOCKED_WAIT_ONE,
                             ZX_THREAD_STATE_BLOCKED_WAIT_MANY, ZX_THREAD_STATE_BLOCKED_INTERRUPT};
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  EXPECT_EQ(thread_state(zx_thread_self()), ZX_THREAD_STATE_RUNNING);
  for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
    blocked.event = new_event();
    ASSERT_OK(zx_port_create(0, &blocked.port));
    ASSERT_OK(zx_channel_create(0, &blocked.channel[0], &blocked.channel[1]));
    ASSERT_OK(zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, &blocked.interrupt));
    started_begin(&thread, block, states[i], 0);
    await_state(thread.handle, states[i]);
    EXPECT_EQ(ZX_THREAD_STATE_BASIC(thread_state(thread.handle)), ZX_THREAD_STATE_BLOCKED);
    EXPECT_OK(zx_object_signal(blocked.event, 0, ZX_EVENT_SIGNALED));
    EXPECT_OK(zx_port_queue(blocked.port, &packet));
    EXPECT_OK(zx_handle_close(blocked.channel[1]));
    EXPECT_OK(zx_interrupt_destroy(blocked.interrupt));
    started_join(&thread);
    EXPECT_OK(zx_handle_close(blocked.event));
    EXPECT_OK(zx_handle_close(blocked.port));
    EXPECT_OK(zx_handle_close(blocked.channel[0]));
    EXPECT_OK(zx_handle_close(blocked.interrupt));
  }
}

static volatile bool spin_on;

static void spin(uintptr_t a, uintptr_t b) {
  (void)a, (void)b;
  while (spin_on) continue;
  zx_thread_exit();
}

TEST(thread_stats_runtime_grows_until_it_is_dead) {
  static started_t thread;
  zx_info_thread_stats_t stats;
  zx_info_task_runtime_t runtime;
  zx_info_task_stats_t task;
  spin_on = true;
  started_begin(&thread, spin, 0, 0);
  zx_duration_t first = 0;
  do {
    EXPECT_OK(zx_object_get_info(thread.handle, ZX_INFO_THREAD_STATS, &stats, sizeof(stats), NULL,
                                 NULL));
    if (!first) first = stats.total_runtime;
  } while (!first || stats.total_runtime == first);
  EXPECT_NE(stats.last_scheduled_cpu, ZX_INFO_INVALID_CPU);
  EXPECT_OK(zx_object_get_info(thread.handle, ZX_INFO_TASK_RUNTIME, &runtime, sizeof(runtime), NULL,
                               NULL));
  EXPECT_TRUE(runtime.cpu_time >= stats.total_runtime);
  EXPECT_STATUS(
      zx_object_get_info(thread.handle, ZX_INFO_TASK_STATS, &task, sizeof(task), NULL, NULL),
      ZX_ERR_WRONG_TYPE);
  spin_on = false;
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_STATUS(
      zx_object_get_info(thread.handle, ZX_INFO_THREAD_STATS, &stats, sizeof(stats), NULL, NULL),
      ZX_ERR_BAD_STATE);
  zx_info_task_runtime_t after;
  EXPECT_OK(
      zx_object_get_info(thread.handle, ZX_INFO_TASK_RUNTIME, &after, sizeof(after), NULL, NULL));
  EXPECT_TRUE(after.cpu_time >= runtime.cpu_time);
  EXPECT_OK(zx_handle_close(thread.handle));
}

// --- Threads of the C library -------------------------------------------------------------------

static zx_handle_t seen_self;
static pthread_barrier_t both;

static void* show_self(void* unused) {
  seen_self = zx_thread_self();
  EXPECT_EQ(zx_thread_self(), seen_self);
  EXPECT_EQ(thrd_get_zx_handle((thrd_t)pthread_self()), seen_self);
  pthread_barrier_wait(&both);
  pthread_barrier_wait(&both);
  return unused;
}

TEST(thread_self_is_a_handle_of_its_own) {
  zx_info_handle_basic_t info;
  EXPECT_NE(zx_thread_self(), ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_thread_self(), zx_thread_self());
  EXPECT_EQ(thrd_get_zx_handle(thrd_current()), zx_thread_self());
  EXPECT_OK(zx_object_get_info(zx_thread_self(), ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL,
                               NULL));
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_THREAD);
  EXPECT_EQ(info.rights, ZX_DEFAULT_THREAD_RIGHTS);
}

TEST(thread_handle_of_a_pthread_shows_its_end) {
  pthread_t thread;
  zx_handle_t copy;
  pthread_barrier_init(&both, NULL, 2);
  ASSERT_EQ(pthread_create(&thread, NULL, show_self, NULL), 0);
  pthread_barrier_wait(&both);
  EXPECT_EQ(thrd_get_zx_handle((thrd_t)thread), seen_self);
  EXPECT_NE(seen_self, zx_thread_self());
  EXPECT_EQ(signals_of(seen_self) & THREAD_ALL, ZX_THREAD_RUNNING);
  ASSERT_OK(zx_handle_duplicate(seen_self, ZX_RIGHT_SAME_RIGHTS, &copy));
  pthread_barrier_wait(&both);
  EXPECT_OK(zx_object_wait_one(seen_self, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  pthread_join(thread, NULL);
  EXPECT_EQ(signals_of(copy) & THREAD_ALL, ZX_THREAD_TERMINATED);
  EXPECT_EQ(thread_state(copy), ZX_THREAD_STATE_DEAD);
  EXPECT_OK(zx_handle_close(copy));
  pthread_barrier_destroy(&both);
}

static void* exit_early(void* out) {
  *(zx_handle_t*)out = zx_thread_self();
  zx_thread_exit();
}

TEST(thread_exit_in_a_pthread_can_be_joined) {
  pthread_t thread;
  zx_handle_t handle = 0;
  ASSERT_EQ(pthread_create(&thread, NULL, exit_early, &handle), 0);
  EXPECT_EQ(pthread_join(thread, NULL), 0);
  EXPECT_EQ(signals_of(handle) & THREAD_ALL, ZX_THREAD_TERMINATED);
}

static void* sleep_in_read(void* pipe_end) {
  char byte;
  return (void*)(intptr_t)read((int)(intptr_t)pipe_end, &byte, 1);
}

// Of a thread that never made a call of Zircon's.
TEST(thread_handle_from_outside) {
  pthread_t thread;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(pthread_create(&thread, NULL, sleep_in_read, (void*)(intptr_t)ends[0]), 0);
  zx_handle_t handle = thrd_get_zx_handle((thrd_t)thread);
  EXPECT_NE(handle, ZX_HANDLE_INVALID);
  EXPECT_EQ(thrd_get_zx_handle((thrd_t)thread), handle);
  EXPECT_EQ(thread_state(handle), ZX_THREAD_STATE_RUNNING);
  EXPECT_TRUE(listed(koid_of_handle(handle)));
  EXPECT_OK(zx_object_set_property(handle, ZX_PROP_NAME, "the reader", 10));
  expect_name(handle, "the reader");
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  pthread_join(thread, NULL);
  EXPECT_FALSE(listed(koid_of_handle(handle)));
  close(ends[0]);
  close(ends[1]);
}

TEST(thread_handle_of_no_thread_is_invalid) {
  static uintptr_t words[64];
  void* bad;
  EXPECT_EQ(thrd_get_zx_handle((thrd_t)0), ZX_HANDLE_INVALID);
  EXPECT_EQ(thrd_get_zx_handle((thrd_t)(uintptr_t)words), ZX_HANDLE_INVALID);
  for (int i = 0; ztest_bad_read(i, sizeof(uintptr_t), &bad); i++)
    EXPECT_EQ(thrd_get_zx_handle((thrd_t)(uintptr_t)bad), ZX_HANDLE_INVALID);
}

TEST(thread_name_is_that_of_linux) {
  char linux_name[16];
  const char* name = "a name longer than Linux's";
  EXPECT_OK(zx_object_set_property(zx_thread_self(), ZX_PROP_NAME, name, strlen(name)));
  pthread_getname_np(pthread_self(), linux_name, sizeof(linux_name));
  EXPECT_STR(linux_name, "a name longer t");
  expect_name(zx_thread_self(), name);
  pthread_setname_np(pthread_self(), "pthread's name");
  expect_name(zx_thread_self(), "pthread's name");
}

TEST(thread_yield_and_priority) {
  EXPECT_OK(_zx_thread_legacy_yield(0));
  EXPECT_STATUS(_zx_thread_legacy_yield(1), ZX_ERR_INVALID_ARGS);
}

// --- Many ---------------------------------------------------------------------------------------

TEST(thread_many_leave_nothing) {
  static started_t threads[8];
  for (uint32_t round = 0; round < ztest_rounds(100); round++) {
    for (int i = 0; i < 8; i++) started_begin(&threads[i], just_exit, 0, 0);
    for (int i = 0; i < 8; i++) started_join(&threads[i]);
  }
  int maps = ztest_count_maps();
  for (uint32_t round = 0; round < ztest_rounds(100); round++) {
    for (int i = 0; i < 8; i++) started_begin(&threads[i], just_exit, 0, 0);
    for (int i = 0; i < 8; i++) started_join(&threads[i]);
  }
  EXPECT_TRUE(ztest_count_maps() <= maps + 16);
}

ZTEST_MAIN

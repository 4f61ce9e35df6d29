// SPDX-License-Identifier: MIT
// Suspending threads, wherever they are, and their registers meanwhile.

#include "ztest.h"

#include <pthread.h>
#include <zircon/syscalls/debug.h>
#include <zircon/syscalls/port.h>
#include <zircon/threads.h>

#include "threads.h"

#include "thread_fixture.h"

static zx_handle_t suspend(zx_handle_t thread) {
  zx_handle_t token = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_task_suspend(thread, &token));
  EXPECT_OK(zx_object_wait_one(thread, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
  EXPECT_EQ(thread_state(thread), ZX_THREAD_STATE_SUSPENDED);
  EXPECT_EQ(signals_of(thread) & THREAD_ALL, ZX_THREAD_SUSPENDED);
  return token;
}

static void resume(zx_handle_t thread, zx_handle_t token) {
  EXPECT_OK(zx_handle_close(token));
  EXPECT_EQ(signals_of(thread) & ZX_THREAD_SUSPENDED, 0);
}

// --- A thread that counts -----------------------------------------------------------------------

static volatile uint64_t counter;
static volatile bool stop;

static void count(uintptr_t a, uintptr_t b) {
  (void)a, (void)b;
  while (!stop) counter++;
  zx_thread_exit();
}

static void expect_counting(void) {
  uint64_t before = counter;
  while (counter == before) sched_yield();
}

TEST(suspend_running_thread_makes_no_progress) {
  static started_t thread;
  stop = false;
  started_begin(&thread, count, 0, 0);
  expect_counting();
  zx_handle_t token = suspend(thread.handle);
  uint64_t before = counter;
  zx_nanosleep(zx_deadline_after(ZX_MSEC(20)));
  EXPECT_EQ(counter, before);
  resume(thread.handle, token);
  EXPECT_EQ(signals_of(thread.handle) & THREAD_ALL, ZX_THREAD_RUNNING);
  expect_counting();
  stop = true;
  started_join(&thread);
}

TEST(suspend_twice_needs_two_closes) {
  static started_t thread;
  stop = false;
  started_begin(&thread, count, 0, 0);
  zx_handle_t first = suspend(thread.handle), second = suspend(thread.handle);
  EXPECT_OK(zx_handle_close(first));
  EXPECT_EQ(thread_state(thread.handle), ZX_THREAD_STATE_SUSPENDED);
  uint64_t before = counter;
  zx_nanosleep(zx_deadline_after(ZX_MSEC(10)));
  EXPECT_EQ(counter, before);
  resume(thread.handle, second);
  expect_counting();
  stop = true;
  started_join(&thread);
}

TEST(suspend_edges_reach_ports) {
  static started_t thread;
  zx_handle_t port;
  zx_port_packet_t packet;
  stop = false;
  ASSERT_OK(zx_port_create(0, &port));
  started_begin(&thread, count, 0, 0);
  for (int i = 0; i < 20; i++) {
    EXPECT_OK(zx_object_wait_async(thread.handle, port, 1, ZX_THREAD_SUSPENDED, 0));
    zx_handle_t token;
    EXPECT_OK(zx_task_suspend_token(thread.handle, &token));
    EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
    EXPECT_EQ(packet.key, 1);
    EXPECT_EQ(packet.signal.observed & THREAD_ALL, ZX_THREAD_SUSPENDED);
    EXPECT_OK(zx_object_wait_async(thread.handle, port, 2, ZX_THREAD_RUNNING, 0));
    EXPECT_OK(zx_handle_close(token));
    EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &packet));
    EXPECT_EQ(packet.key, 2);
    EXPECT_EQ(packet.signal.observed & THREAD_ALL, ZX_THREAD_RUNNING);
  }
  stop = true;
  started_join(&thread);
  EXPECT_OK(zx_handle_close(port));
}

TEST(suspend_errors_in_order) {
  static started_t thread;
  zx_handle_t token = 77, weak, event = new_event();
  zx_info_handle_basic_t info;
  void* bad;
  EXPECT_STATUS(zx_task_suspend(ZX_HANDLE_INVALID, &token), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_task_suspend(event, &token), ZX_ERR_ACCESS_DENIED);
  zx_handle_t channel, other;
  ASSERT_OK(zx_channel_create(0, &channel, &other));
  EXPECT_STATUS(zx_task_suspend(channel, &token), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_task_suspend(zx_job_default(), &token), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_task_suspend(zx_process_self(), &token), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_task_suspend(zx_thread_self(), &token), ZX_ERR_NOT_SUPPORTED);
  started_make(&thread, "x");
  ASSERT_OK(zx_handle_duplicate(thread.handle, ZX_RIGHTS_BASIC, &weak));
  EXPECT_STATUS(zx_task_suspend(weak, &token), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(token, 77);
  for (int i = 0; ztest_bad_write(i, sizeof(token), &bad); i++)
    EXPECT_STATUS(zx_task_suspend(thread.handle, bad), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_task_suspend(thread.handle, &token));
  EXPECT_OK(zx_object_get_info(token, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL));
  EXPECT_EQ(info.rights, 0x8002);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_SUSPEND_TOKEN);
  EXPECT_OK(zx_handle_close(token));
  stop = true;
  EXPECT_OK(started_go(&thread, count, 0, 0));
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_STATUS(zx_task_suspend(thread.handle, &token), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(thread.handle));
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_OK(zx_handle_close(event));
  EXPECT_OK(zx_handle_close(channel));
  EXPECT_OK(zx_handle_close(other));
}

TEST(suspend_before_start_runs_no_code) {
  static started_t thread;
  zx_handle_t token;
  stop = false;
  counter = 0;
  started_make(&thread, "early");
  EXPECT_OK(zx_task_suspend(thread.handle, &token));
  EXPECT_EQ(signals_of(thread.handle) & THREAD_ALL, 0);
  EXPECT_OK(started_go(&thread, count, 0, 0));
  EXPECT_OK(zx_object_wait_one(thread.handle, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
  EXPECT_EQ(counter, 0);
  resume(thread.handle, token);
  expect_counting();
  stop = true;
  started_join(&thread);
  // Suspended and resumed before it starts, it just starts.
  stop = false;
  started_make(&thread, "early");
  EXPECT_OK(zx_task_suspend(thread.handle, &token));
  EXPECT_OK(zx_handle_close(token));
  EXPECT_OK(started_go(&thread, count, 0, 0));
  expect_counting();
  stop = true;
  started_join(&thread);
}

// --- In calls -----------------------------------------------------------------------------------

static asleep_t waiter;
static zx_handle_t waiter_thread;

static zx_handle_t begin_waiter(void (*run)(asleep_t*), zx_handle_t handle, zx_signals_t signals,
                                zx_time_t deadline, uint32_t state) {
  memset(&waiter, 0, sizeof(waiter));
  waiter.run = run;
  waiter.handle = handle;
  waiter.signals = signals;
  waiter.deadline = deadline;
  waiter.status = 1;
  asleep_begin(&waiter);
  waiter_thread = thrd_get_zx_handle((thrd_t)waiter.thread);
  await_state(waiter_thread, state);
  return waiter_thread;
}

TEST(suspend_in_wait_one_sees_signal_after_resume) {
  zx_handle_t event = new_event();
  zx_handle_t thread = begin_waiter(run_wait_one, event, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE,
                                    ZX_THREAD_STATE_BLOCKED_WAIT_ONE);
  zx_handle_t token = suspend(thread);
  resume(thread, token);
  await_state(thread, ZX_THREAD_STATE_BLOCKED_WAIT_ONE);
  EXPECT_EQ(waiter.status, 1);
  token = suspend(thread);
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  zx_nanosleep(zx_deadline_after(ZX_MSEC(5)));
  EXPECT_EQ(waiter.status, 1);
  resume(thread, token);
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_OK(zx_handle_close(event));
}

static void run_sleep(asleep_t* self) {
  self->status = zx_nanosleep(self->deadline);
  self->timestamp = zx_clock_get_monotonic();
}

TEST(suspend_in_sleep_keeps_the_deadline) {
  zx_time_t deadline = zx_deadline_after(ZX_MSEC(60));
  zx_handle_t thread = begin_waiter(run_sleep, 0, 0, deadline, ZX_THREAD_STATE_BLOCKED_SLEEPING);
  zx_handle_t token = suspend(thread);
  resume(thread, token);
  asleep_join(&waiter);
  EXPECT_TRUE(waiter.timestamp >= deadline);
  deadline = zx_deadline_after(ZX_MSEC(20));
  thread = begin_waiter(run_sleep, 0, 0, deadline, ZX_THREAD_STATE_BLOCKED_SLEEPING);
  token = suspend(thread);
  while (zx_clock_get_monotonic() < deadline + ZX_MSEC(10)) sched_yield();
  EXPECT_EQ(waiter.status, 1);
  resume(thread, token);
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
}

TEST(suspend_in_port_wait_takes_no_packets) {
  zx_handle_t port;
  zx_port_packet_t packet, got;
  memset(&packet, 0, sizeof(packet));
  ASSERT_OK(zx_port_create(0, &port));
  zx_handle_t thread =
      begin_waiter(run_port_wait, port, 0, ZX_TIME_INFINITE, ZX_THREAD_STATE_BLOCKED_PORT);
  zx_handle_t token = suspend(thread);
  packet.key = 5;
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_OK(zx_port_wait(port, 0, &got));
  EXPECT_EQ(got.key, 5);
  packet.key = 6;
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_EQ(waiter.status, 1);
  resume(thread, token);
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.packet.key, 6);
  EXPECT_OK(zx_handle_close(port));
}

static char reply[16];

static void run_channel_call(asleep_t* self) {
  char request[16] = {0};
  uint32_t bytes, handles;
  zx_channel_call_args_t args = {.wr_bytes = request, .wr_num_bytes = sizeof(request),
                                 .rd_bytes = reply, .rd_num_bytes = sizeof(reply)};
  self->status = zx_channel_call(self->handle, 0, self->deadline, &args, &bytes, &handles);
}

TEST(suspend_in_channel_call_keeps_its_reply) {
  zx_handle_t ends[2];
  char message[16];
  uint32_t bytes;
  ASSERT_OK(zx_channel_create(0, &ends[0], &ends[1]));
  zx_handle_t thread = begin_waiter(run_channel_call, ends[0], 0, ZX_TIME_INFINITE,
                                    ZX_THREAD_STATE_BLOCKED_CHANNEL);
  zx_handle_t token = suspend(thread);
  EXPECT_OK(zx_channel_read(ends[1], 0, message, NULL, sizeof(message), 0, &bytes, NULL));
  message[15] = 'r';
  EXPECT_OK(zx_channel_write(ends[1], 0, message, bytes, NULL, 0));
  EXPECT_STATUS(zx_channel_read(ends[0], 0, message, NULL, sizeof(message), 0, &bytes, NULL),
                ZX_ERR_SHOULD_WAIT);
  EXPECT_EQ(waiter.status, 1);
  resume(thread, token);
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(reply[15], 'r');
  EXPECT_OK(zx_handle_close(ends[0]));
  EXPECT_OK(zx_handle_close(ends[1]));
}

static void* sleep_in_read(void* pipe_end) {
  char byte = 0;
  EXPECT_EQ(read((int)(intptr_t)pipe_end, &byte, 1), 1);
  return (void*)(intptr_t)byte;
}

// In a call of Linux's, by a thread that never called Zircon.
TEST(suspend_in_linux_call) {
  pthread_t thread;
  int ends[2];
  void* got;
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(pthread_create(&thread, NULL, sleep_in_read, (void*)(intptr_t)ends[0]), 0);
  zx_handle_t handle = thrd_get_zx_handle((thrd_t)thread), copy;
  ASSERT_OK(zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, &copy));
  zx_handle_t token = suspend(copy);
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  resume(copy, token);
  pthread_join(thread, &got);
  EXPECT_EQ(got, 'x');
  EXPECT_OK(zx_object_wait_one(copy, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_handle_close(copy));
  close(ends[0]);
  close(ends[1]);
}

// In the allocator for example, whose locks a suspended thread may hold.
static void* allocate(void* unused) {
  while (!stop) {
    void* blocks[16];
    for (int i = 0; i < 16; i++) blocks[i] = malloc(100000u >> i);
    for (int i = 0; i < 16; i++) free(blocks[i]);
    counter++;
  }
  return unused;
}

TEST(suspend_in_the_allocator_does_not_keep_others_from_resuming) {
  pthread_t thread;
  stop = false;
  ASSERT_EQ(pthread_create(&thread, NULL, allocate, NULL), 0);
  zx_handle_t handle = thrd_get_zx_handle((thrd_t)thread);
  for (uint32_t i = 0; i < ztest_rounds(1000); i++) {
    zx_handle_t token;
    ASSERT_OK(zx_task_suspend(handle, &token));
    ASSERT_OK(zx_object_wait_one(handle, ZX_THREAD_SUSPENDED, ZX_TIME_INFINITE, NULL));
    ASSERT_OK(zx_handle_close(token));
  }
  stop = true;
  pthread_join(thread, NULL);
  EXPECT_TRUE(counter > 0);
}

// --- Registers ----------------------------------------------------------------------------------

// Loads registers with values of their own, then goes round until its first argument's word is not 0;
// stores some of them to where the second argument points then.
void load_and_spin(uintptr_t go, uintptr_t out);
__asm__(
    ".text\n"
    "load_and_spin:\n"
    "  mov $0x1111, %ebx\n"
    "  mov $0x2222, %ecx\n"
    "  mov $0x3333, %edx\n"
    "  mov $0x8888, %r8d\n"
    "  mov $0x9999, %r9d\n"
    "  mov $0xAAAA, %r10d\n"
    "  mov $0xFFFF, %r15d\n"
    "  movq %rdx, %xmm7\n"
    "  fldpi\n"
    "  movl $1, 4(%rdi)\n"
    "1: cmpl $0, (%rdi)\n"
    "  je 1b\n"
    "  mov %rbx, 0(%rsi)\n"
    "  mov %rcx, 8(%rsi)\n"
    "  mov %r15, 16(%rsi)\n"
    "  movq %xmm7, 24(%rsi)\n"
    "  fstpl 32(%rsi)\n"
    "  call zx_thread_exit@PLT\n");

static volatile uint32_t words[2];
static volatile uint64_t stored[5];

TEST(suspend_registers_are_read_and_written) {
  static started_t thread;
  zx_thread_state_general_regs_t regs;
  zx_thread_state_vector_regs_t vector;
  static zx_thread_state_fp_regs_t fp;
  words[0] = words[1] = 0;
  started_make(&thread, "registers");
  EXPECT_STATUS(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)),
                ZX_ERR_BAD_STATE);
  EXPECT_OK(started_go(&thread, load_and_spin, (uintptr_t)words, (uintptr_t)stored));
  while (!words[1]) sched_yield();
  EXPECT_STATUS(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)),
                ZX_ERR_BAD_STATE);
  zx_handle_t token = suspend(thread.handle);
  ASSERT_OK(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
  EXPECT_EQ(regs.rbx, 0x1111);
  EXPECT_EQ(regs.rcx, 0x2222);
  EXPECT_EQ(regs.rdx, 0x3333);
  EXPECT_EQ(regs.r8, 0x8888);
  EXPECT_EQ(regs.r9, 0x9999);
  EXPECT_EQ(regs.r10, 0xAAAA);
  EXPECT_EQ(regs.r15, 0xFFFF);
  EXPECT_EQ(regs.rdi, words);
  EXPECT_EQ(regs.rsi, stored);
  EXPECT_EQ(regs.rsp, stack_top(thread.stack, sizeof(thread.stack)));
  EXPECT_TRUE(regs.rip > (uintptr_t)load_and_spin && regs.rip < (uintptr_t)load_and_spin + 100);
  EXPECT_NE(regs.fs_base, 0);
  ASSERT_OK(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_VECTOR_REGS, &vector, sizeof(vector)));
  EXPECT_EQ(vector.zmm[7].v[0], 0x3333);
  EXPECT_EQ(vector.mxcsr, 0x1F80);
  ASSERT_OK(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_FP_REGS, &fp, sizeof(fp)));
  EXPECT_EQ(fp.fcw, 0x37F);
  EXPECT_EQ(fp.st[0].low, 0xC90FDAA22168C235u);
  EXPECT_EQ(fp.st[0].high, 0x4000);
  regs.rbx = 0x123456789ABCDEF;
  regs.r15 = UINT64_MAX;
  vector.zmm[7].v[0] = 77;
  vector.zmm[7].v[3] = 78;
  fp.st[0].low = 0x8000000000000000u;
  fp.st[0].high = 0x3FFF;
  EXPECT_OK(zx_thread_write_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
  EXPECT_OK(zx_thread_write_state(thread.handle, ZX_THREAD_STATE_VECTOR_REGS, &vector, sizeof(vector)));
  EXPECT_OK(zx_thread_write_state(thread.handle, ZX_THREAD_STATE_FP_REGS, &fp, sizeof(fp)));
  memset(&vector, 0, sizeof(vector));
  EXPECT_OK(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_VECTOR_REGS, &vector, sizeof(vector)));
  EXPECT_EQ(vector.zmm[7].v[0], 77);
  words[0] = 1;
  resume(thread.handle, token);
  started_join(&thread);
  EXPECT_EQ(stored[0], 0x123456789ABCDEF);
  EXPECT_EQ(stored[1], 0x2222);
  EXPECT_EQ(stored[2], UINT64_MAX);
  EXPECT_EQ(stored[3], 77);
  EXPECT_EQ(stored[4], 0x3FF0000000000000u);
}

TEST(suspend_register_calls_check_in_order) {
  static started_t thread;
  zx_handle_t weak, event = new_event();
  static zx_thread_state_general_regs_t regs;
  static zx_thread_state_debug_regs_t debug;
  uint32_t step = 7;
  void* bad;
  stop = false;
  started_begin(&thread, count, 0, 0);
  expect_counting();
  zx_handle_t token = suspend(thread.handle), self = thread.handle;
  const size_t size = sizeof(regs);
  const uint32_t kind = ZX_THREAD_STATE_GENERAL_REGS;
  ASSERT_OK(zx_handle_duplicate(self, ZX_RIGHTS_BASIC, &weak));
  EXPECT_STATUS(zx_thread_read_state(0, 99, &regs, size), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_thread_read_state(event, 99, &regs, size), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_thread_read_state(weak, 99, &regs, size), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_thread_read_state(self, 99, &regs, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_read_state(self, kind, &regs, size - 1), ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_OK(zx_thread_read_state(self, kind, &regs, size + 9));
  for (int i = 0; ztest_bad_write(i, size, &bad); i++)
    EXPECT_STATUS(zx_thread_read_state(self, kind, bad, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_read_state(self, ZX_THREAD_STATE_DEBUG_REGS, &debug, sizeof(debug)),
                ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_thread_write_state(0, 99, &regs, size), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_thread_write_state(weak, 99, &regs, size), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_thread_write_state(self, 99, &regs, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_write_state(self, kind, &regs, size - 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_write_state(self, kind, &regs, size + 1), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_read(i, size, &bad); i++)
    EXPECT_STATUS(zx_thread_write_state(self, kind, bad, size), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_thread_write_state(self, ZX_THREAD_STATE_DEBUG_REGS, &debug, sizeof(debug)),
                ZX_ERR_NOT_SUPPORTED);
  const uint64_t outside[] = {0x800000000000u, 0x8000000000000000u, 0xFFFFFFFF80000000u};
  const zx_thread_state_general_regs_t right = regs;
  for (int i = 0; i < 9; i++) {
    regs = right;
    *(i % 3 == 0 ? &regs.rip : i % 3 == 1 ? &regs.fs_base : &regs.gs_base) = outside[i / 3];
    EXPECT_STATUS(zx_thread_write_state(self, kind, &regs, size), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_OK(zx_thread_write_state(self, kind, &right, size));
  EXPECT_OK(zx_thread_read_state(self, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step)));
  EXPECT_EQ(step, 0);
  step = 2;
  EXPECT_STATUS(zx_thread_write_state(self, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step)),
                ZX_ERR_INVALID_ARGS);
  step = 1;
  EXPECT_OK(zx_thread_write_state(self, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step)));
  step = 0;
  EXPECT_OK(zx_thread_read_state(self, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step)));
  EXPECT_EQ(step, 1);
  step = 0;
  EXPECT_OK(zx_thread_write_state(self, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step)));
  resume(self, token);
  EXPECT_STATUS(zx_thread_write_state(self, kind, &right, size), ZX_ERR_BAD_STATE);
  stop = true;
  started_join(&thread);
  EXPECT_OK(zx_handle_close(weak));
  EXPECT_OK(zx_handle_close(event));
}

// Calls a wait with registers of its own, and stores them when that gives back.
void wait_with_registers(uintptr_t event, uintptr_t out);
__asm__(
    ".text\n"
    "wait_with_registers:\n"
    "  mov $0x1B, %ebx\n"
    "  mov $0xB9, %ebp\n"
    "  mov $0xC, %r12d\n"
    "  mov $0xD, %r13d\n"
    "  mov %rsi, %r14\n"
    "  mov $0xF, %r15d\n"
    "  sub $8, %rsp\n"
    "  mov $8, %esi\n"
    "  movabs $0x7fffffffffffffff, %rdx\n"
    "  xor %ecx, %ecx\n"
    "  call *wait_one_pointer(%rip)\n"
    "after_wait:\n"
    "  mov %rax, 0(%r14)\n"
    "  mov %rbx, 8(%r14)\n"
    "  mov %r12, 16(%r14)\n"
    "  mov %rsp, 24(%r14)\n"
    "  call zx_thread_exit@PLT\n"
    "elsewhere:\n"
    "  movq $99, 32(%r14)\n"
    "  jmp after_wait\n");
extern const char after_wait[], elsewhere[];
__typeof__(zx_object_wait_one)* const wait_one_pointer __attribute__((used)) = zx_object_wait_one;

TEST(suspend_in_call_shows_the_call_site) {
  static started_t thread;
  zx_handle_t event = new_event();
  zx_thread_state_general_regs_t regs;
  memset((void*)stored, 0, sizeof(stored));
  started_begin(&thread, wait_with_registers, event, (uintptr_t)stored);
  await_state(thread.handle, ZX_THREAD_STATE_BLOCKED_WAIT_ONE);
  zx_handle_t token = suspend(thread.handle);
  ASSERT_OK(zx_thread_read_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
  EXPECT_EQ(regs.rip, after_wait);
  EXPECT_EQ(regs.rsp, stack_top(thread.stack, sizeof(thread.stack)) - 8);
  EXPECT_EQ(regs.rbx, 0x1B);
  EXPECT_EQ(regs.rbp, 0xB9);
  EXPECT_EQ(regs.r12, 0xC);
  EXPECT_EQ(regs.r13, 0xD);
  EXPECT_EQ(regs.r14, stored);
  EXPECT_EQ(regs.r15, 0xF);
  regs.rip = (uintptr_t)elsewhere;
  regs.rbx = 42;
  EXPECT_OK(zx_thread_write_state(thread.handle, ZX_THREAD_STATE_GENERAL_REGS, &regs, sizeof(regs)));
  resume(thread.handle, token);
  await_state(thread.handle, ZX_THREAD_STATE_BLOCKED_WAIT_ONE);
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  started_join(&thread);
  EXPECT_EQ(stored[0], ZX_OK);
  EXPECT_EQ(stored[1], 42);
  EXPECT_EQ(stored[2], 0xC);
  EXPECT_EQ(stored[3], stack_top(thread.stack, sizeof(thread.stack)) - 8);
  EXPECT_EQ(stored[4], 99);
  EXPECT_OK(zx_handle_close(event));
}

ZTEST_MAIN

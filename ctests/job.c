// SPDX-License-Identifier: MIT
// Job trees: what is in them, how they end, and zx_task_kill.
// Specification: tasks-time-system.md, sections 3 and 4.1.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <zircon/process.h>
#include <zircon/syscalls/object.h>

#include "child.h"
#include "objects.h"

#define UNTOUCHED 0xabcdefu

static zx_handle_t new_job(zx_handle_t parent) {
  zx_handle_t job = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_job_create(parent, 0, &job));
  return job;
}

static zx_handle_t new_process(zx_handle_t job) {
  zx_handle_t process = ZX_HANDLE_INVALID, vmar = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_process_create(job, "process", 7, 0, &process, &vmar));
  EXPECT_OK(zx_handle_close(vmar));
  return process;
}

static zx_info_job_t job_info(zx_handle_t job) {
  zx_info_job_t info = {0};
  EXPECT_OK(zx_object_get_info(job, ZX_INFO_JOB, &info, sizeof(info), NULL, NULL));
  return info;
}

static zx_info_process_t process_info(zx_handle_t process) {
  zx_info_process_t info = {0};
  EXPECT_OK(zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof(info), NULL, NULL));
  return info;
}

// How often a koid is in a list of a job.
static size_t listed(zx_handle_t job, uint32_t topic, zx_koid_t koid) {
  zx_koid_t koids[256];
  size_t actual = 0, avail = 0, found = 0;
  EXPECT_OK(zx_object_get_info(job, topic, koids, sizeof(koids), &actual, &avail));
  EXPECT_EQ(actual, avail);
  for (size_t i = 0; i < actual; i++) found += koids[i] == koid;
  return found;
}

static zx_koid_t koid_of(zx_handle_t handle) { return basic_info(handle).koid; }

// --- The tree -----------------------------------------------------------------------------------

TEST(job_create_rights_signals_and_place) {
  zx_handle_t job = new_job(zx_job_default());
  zx_info_handle_basic_t info = basic_info(job);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_JOB);
  EXPECT_EQ(info.rights, 0x7dfcf);
  EXPECT_EQ(info.related_koid, koid_of(zx_job_default()));
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, info.koid), 1);
  EXPECT_FALSE(job_info(job).exited);
  EXPECT_EQ(job_info(job).return_code, 0);
  EXPECT_OK(zx_handle_close(job));
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, info.koid), 0);
}

TEST(job_create_checks_in_order) {
  zx_handle_t event = new_event(), out = UNTOUCHED;
  zx_handle_t weak = copy_of(zx_job_default(), ZX_RIGHTS_BASIC);
  zx_handle_t manage = copy_of(zx_job_default(), ZX_RIGHT_MANAGE_JOB);
  zx_handle_t write = copy_of(zx_job_default(), ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_job_create(ZX_HANDLE_INVALID, 1, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_create(ZX_HANDLE_INVALID, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_job_create(event, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_job_create(weak, 0, &out), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(out, UNTOUCHED);
  EXPECT_OK(zx_handle_close(new_job(manage)));
  EXPECT_OK(zx_handle_close(new_job(write)));
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(out), &bad); i++)
    EXPECT_STATUS(zx_job_create(zx_job_default(), 0, bad), ZX_ERR_INVALID_ARGS);
  zx_handle_close(write);
  zx_handle_close(manage);
  zx_handle_close(weak);
  zx_handle_close(event);
}

TEST(job_create_32_below_the_root_and_no_more) {
  zx_handle_t jobs[32], last = zx_job_default(), out = UNTOUCHED;
  for (int i = 0; i < 32; i++) last = jobs[i] = new_job(last);
  EXPECT_STATUS(zx_job_create(last, 0, &out), ZX_ERR_OUT_OF_RANGE);
  EXPECT_EQ(out, UNTOUCHED);
  zx_handle_t process = new_process(last);
  EXPECT_OK(zx_task_kill(jobs[0]));
  EXPECT_TRUE(signals_of(process) & ZX_PROCESS_TERMINATED);
  zx_handle_close(process);
  for (int i = 0; i < 32; i++) {
    EXPECT_TRUE(signals_of(jobs[i]) & ZX_JOB_TERMINATED);
    zx_handle_close(jobs[i]);
  }
}

TEST(job_signals_tell_of_members) {
  zx_handle_t job = new_job(zx_job_default());
  zx_handle_t first = new_job(job), second = new_job(job);
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_PROCESSES);
  zx_handle_t process = new_process(job);
  EXPECT_EQ(signals_of(job), 0);
  EXPECT_EQ(listed(job, ZX_INFO_JOB_PROCESSES, koid_of(process)), 1);
  EXPECT_OK(zx_handle_close(first));
  EXPECT_EQ(signals_of(job), 0);
  EXPECT_OK(zx_handle_close(second));
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_JOBS);
  EXPECT_OK(zx_handle_close(process));
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
  EXPECT_FALSE(signals_of(zx_job_default()) & ZX_JOB_NO_PROCESSES);
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_PROCESSES, koid_of(zx_process_self())), 1);
  zx_handle_close(job);
}

TEST(job_without_handles_lives_for_its_children) {
  zx_handle_t job = new_job(zx_job_default()), child = new_job(job);
  zx_koid_t koid = koid_of(job);
  EXPECT_OK(zx_handle_close(job));
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, koid), 1);
  // It can still be found, and used.
  ASSERT_OK(zx_object_get_child(zx_job_default(), koid, ZX_RIGHT_SAME_RIGHTS, &job));
  EXPECT_EQ(koid_of(job), koid);
  EXPECT_OK(zx_handle_close(child));
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
  EXPECT_OK(zx_handle_close(job));
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, koid), 0);
  // Nor does it outlive the last of them.
  job = new_job(zx_job_default());
  koid = koid_of(job);
  zx_handle_t process = new_process(job);
  EXPECT_OK(zx_handle_close(job));
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, koid), 1);
  EXPECT_OK(zx_handle_close(process));
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, koid), 0);
}

TEST(get_child_finds_jobs_and_processes) {
  zx_handle_t job = new_job(zx_job_default()), child = new_job(job), found = UNTOUCHED;
  zx_handle_t process = new_process(job), grandchild = new_job(child);
  ASSERT_OK(zx_object_get_child(job, koid_of(child), ZX_RIGHT_INSPECT, &found));
  EXPECT_EQ(koid_of(found), koid_of(child));
  EXPECT_EQ(basic_info(found).rights, ZX_RIGHT_INSPECT);
  EXPECT_OK(zx_handle_close(found));
  ASSERT_OK(zx_object_get_child(job, koid_of(process), ZX_RIGHT_SAME_RIGHTS, &found));
  EXPECT_EQ(koid_of(found), koid_of(process));
  EXPECT_OK(zx_handle_close(found));
  found = UNTOUCHED;
  EXPECT_STATUS(zx_object_get_child(job, koid_of(grandchild), ZX_RIGHT_SAME_RIGHTS, &found),
                ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_object_get_child(job, koid_of(zx_process_self()), ZX_RIGHT_SAME_RIGHTS, &found),
                ZX_ERR_NOT_FOUND);
  EXPECT_EQ(found, UNTOUCHED);
  zx_handle_close(grandchild);
  zx_handle_close(process);
  zx_handle_close(child);
  zx_handle_close(job);
}

TEST(job_kill_on_oom_is_zero_or_one) {
  zx_handle_t job = new_job(zx_job_default());
  EXPECT_FALSE(job_info(job).kill_on_oom);
  size_t value = 1;
  EXPECT_OK(zx_object_set_property(job, ZX_PROP_JOB_KILL_ON_OOM, &value, sizeof(value)));
  EXPECT_TRUE(job_info(job).kill_on_oom);
  value = 2;
  EXPECT_STATUS(zx_object_set_property(job, ZX_PROP_JOB_KILL_ON_OOM, &value, sizeof(value)),
                ZX_ERR_INVALID_ARGS);
  zx_handle_close(job);
}

// --- Killing ------------------------------------------------------------------------------------

TEST(task_kill_checks_the_right_before_the_type) {
  zx_handle_t event = new_event(), job = new_job(zx_job_default());
  zx_handle_t weak = copy_of(job, ZX_RIGHTS_BASIC);
  EXPECT_STATUS(zx_task_kill(ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_task_kill(event), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_task_kill(weak), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_task_kill(zx_thread_self()), ZX_ERR_WRONG_TYPE);
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
  zx_handle_close(weak);
  zx_handle_close(job);
  zx_handle_close(event);
}

TEST(killed_job_takes_everything_with_it) {
  zx_handle_t job = new_job(zx_job_default()), child = new_job(job);
  zx_handle_t process = new_process(job), deep = new_process(child), out = UNTOUCHED;
  zx_koid_t koid = koid_of(job);
  EXPECT_OK(zx_task_kill(job));
  const zx_handle_t tasks[] = {job, child, process, deep};
  for (int i = 0; i < 4; i++) EXPECT_TRUE(signals_of(tasks[i]) & ZX_TASK_TERMINATED);
  EXPECT_EQ(signals_of(job), ZX_JOB_TERMINATED | ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
  EXPECT_EQ(job_info(job).return_code, ZX_TASK_RETCODE_SYSCALL_KILL);
  EXPECT_TRUE(job_info(job).exited);
  EXPECT_EQ(job_info(child).return_code, ZX_TASK_RETCODE_SYSCALL_KILL);
  EXPECT_EQ(process_info(process).return_code, ZX_TASK_RETCODE_SYSCALL_KILL);
  EXPECT_EQ(process_info(deep).return_code, ZX_TASK_RETCODE_SYSCALL_KILL);
  EXPECT_TRUE(process_info(deep).exited);
  EXPECT_EQ(listed(zx_job_default(), ZX_INFO_JOB_CHILDREN, koid), 0);
  EXPECT_STATUS(zx_job_create(job, 0, &out), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_process_create(child, "", 0, 0, &out, &out), ZX_ERR_BAD_STATE);
  EXPECT_EQ(out, UNTOUCHED);
  for (int i = 0; i < 4; i++) {
    EXPECT_OK(zx_task_kill(tasks[i]));
    EXPECT_OK(zx_handle_close(tasks[i]));
  }
}

TEST(killed_chain_ends_deepest_first) {
  enum { DEPTH = 6 };
  zx_handle_t jobs[DEPTH], last = zx_job_default(), port = new_port();
  for (uint64_t i = 0; i < DEPTH; i++) {
    last = jobs[i] = new_job(last);
    ASSERT_OK(zx_object_wait_async(jobs[i], port, i, ZX_JOB_TERMINATED, 0));
  }
  zx_handle_t process = new_process(last);
  ASSERT_OK(zx_object_wait_async(process, port, DEPTH, ZX_PROCESS_TERMINATED, 0));
  EXPECT_OK(zx_task_kill(jobs[0]));
  for (uint64_t i = DEPTH + 1; i-- > 0;) {
    zx_port_packet_t packet = {0};
    ASSERT_OK(zx_port_wait(port, 0, &packet));
    EXPECT_EQ(packet.key, i);
  }
  zx_handle_close(process);
  for (int i = 0; i < DEPTH; i++) zx_handle_close(jobs[i]);
  zx_handle_close(port);
}

static void kill_self(const char* text) {
  (void)text;
  zx_task_kill(zx_process_self());
}

static void kill_own_job(const char* text) {
  (void)text;
  zx_task_kill(zx_job_default());
}

// The job of a process whose end is to end the job, which holds the program too.
static void kill_critical(const char* text) {
  (void)text;
  zx_handle_t process = new_process(zx_job_default());
  EXPECT_OK(zx_job_set_critical(zx_job_default(), 0, process));
  if (ztest_failures) _exit(1);
  zx_task_kill(process);
}

const child_function_t child_functions[] = {kill_self, kill_own_job, kill_critical};

TEST(killing_the_calling_process_or_its_job_ends_the_program) {
  EXPECT_EQ(child_run(0, NULL), 255);  // -1024
  EXPECT_EQ(child_run(1, NULL), 255);
  EXPECT_EQ(child_run(2, NULL), (uint8_t)ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL);
}

// --- Critical processes -------------------------------------------------------------------------

TEST(job_set_critical_checks_in_order) {
  zx_handle_t job = new_job(zx_job_default()), other = new_job(zx_job_default());
  zx_handle_t child = new_job(job), process = new_process(child), event = new_event();
  zx_handle_t weak_job = copy_of(job, ZX_RIGHTS_BASIC);
  zx_handle_t weak_process = copy_of(process, ZX_RIGHT_INSPECT);
  EXPECT_STATUS(zx_job_set_critical(ZX_HANDLE_INVALID, 2, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_critical(ZX_HANDLE_INVALID, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_job_set_critical(event, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_job_set_critical(weak_job, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_job_set_critical(job, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_job_set_critical(job, 0, event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_job_set_critical(job, 0, weak_process), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_job_set_critical(other, 0, process), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_job_set_critical(job, 0, process));
  EXPECT_STATUS(zx_job_set_critical(job, 0, process), ZX_ERR_ALREADY_BOUND);
  EXPECT_STATUS(zx_job_set_critical(other, 0, process), ZX_ERR_ALREADY_BOUND);
  zx_handle_close(weak_process);
  zx_handle_close(weak_job);
  zx_handle_close(event);
  zx_handle_close(process);
  zx_handle_close(child);
  zx_handle_close(other);
  zx_handle_close(job);
}

TEST(critical_process_takes_its_job_with_it) {
  for (uint32_t options = 0; options < 2; options++) {
    zx_handle_t job = new_job(zx_job_default()), child = new_job(job);
    zx_handle_t process = new_process(child), other = new_process(job);
    ASSERT_OK(zx_job_set_critical(job, options, process));
    EXPECT_OK(zx_task_kill(process));
    EXPECT_EQ(process_info(process).return_code, ZX_TASK_RETCODE_SYSCALL_KILL);
    EXPECT_TRUE(signals_of(job) & ZX_JOB_TERMINATED);
    EXPECT_EQ(job_info(job).return_code, ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL);
    EXPECT_EQ(job_info(child).return_code, ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL);
    EXPECT_EQ(process_info(other).return_code, ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL);
    zx_handle_close(other);
    zx_handle_close(process);
    zx_handle_close(child);
    zx_handle_close(job);
  }
}

TEST(critical_process_that_returns_0_may_leave_its_job_alive) {
  zx_handle_t job = new_job(zx_job_default()), process = new_process(job);
  ASSERT_OK(zx_job_set_critical(job, ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO, process));
  EXPECT_OK(zx_handle_close(process));  // ends it, with 0
  EXPECT_EQ(signals_of(job), ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
  EXPECT_FALSE(job_info(job).exited);
  zx_handle_close(job);
}

// --- Many threads -------------------------------------------------------------------------------

typedef struct {
  zx_handle_t job;
  atomic_uint made;
} forest_t;

static void* grow(void* argument) {
  forest_t* forest = argument;
  for (;;) {
    zx_handle_t job = ZX_HANDLE_INVALID, process = ZX_HANDLE_INVALID, vmar = ZX_HANDLE_INVALID;
    zx_status_t status = zx_job_create(forest->job, 0, &job);
    if (status == ZX_OK) status = zx_process_create(job, "p", 1, 0, &process, &vmar);
    if (status == ZX_OK) EXPECT_OK(zx_handle_close(vmar));
    if (process) EXPECT_OK(zx_handle_close(process));
    if (job) EXPECT_OK(zx_handle_close(job));
    if (status == ZX_ERR_BAD_STATE) return NULL;
    EXPECT_OK(status);
    atomic_fetch_add(&forest->made, 1);
  }
}

TEST(job_killed_while_others_fill_it_ends_empty) {
  for (uint32_t round = 0; round < ztest_rounds(50); round++) {
    forest_t forest = {.job = new_job(zx_job_default())};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) ASSERT_EQ(pthread_create(&threads[i], NULL, grow, &forest), 0);
    while (atomic_load(&forest.made) < 20) sched_yield();
    EXPECT_OK(zx_task_kill(forest.job));
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    EXPECT_EQ(signals_of(forest.job), ZX_JOB_TERMINATED | ZX_JOB_NO_JOBS | ZX_JOB_NO_PROCESSES);
    EXPECT_OK(zx_handle_close(forest.job));
  }
}

ZTEST_MAIN

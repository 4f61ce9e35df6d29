// SPDX-License-Identifier: MIT
// zx_job_set_policy, and what a job's policy does to the calls of its processes.
// Specification: tasks-time-system.md, section 3.3 and 3.5.

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/syscalls/policy.h>
#include <zircon/syscalls/profile.h>

#include "child.h"
#include "objects.h"

static zx_handle_t new_job(zx_handle_t parent) {
  zx_handle_t job = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_job_create(parent, 0, &job));
  return job;
}

static zx_status_t set_one(zx_handle_t job, uint32_t mode, uint32_t condition, uint32_t action) {
  zx_policy_basic_v1_t policy = {.condition = condition, .policy = action};
  return zx_job_set_policy(job, mode, ZX_JOB_POL_BASIC_V1, &policy, 1);
}

static zx_status_t set_two(zx_handle_t job, uint32_t condition, uint32_t action, uint32_t flags) {
  zx_policy_basic_v2_t policy = {.condition = condition, .action = action, .flags = flags};
  return zx_job_set_policy(job, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC_V2, &policy, 1);
}

#define ABSOLUTE ZX_JOB_POL_ABSOLUTE
#define RELATIVE ZX_JOB_POL_RELATIVE
#define ALLOW ZX_POL_ACTION_ALLOW
#define DENY ZX_POL_ACTION_DENY

// --- Arguments ----------------------------------------------------------------------------------

TEST(set_policy_checks_in_order) {
  zx_handle_t job = new_job(zx_job_default()), event = new_event();
  zx_handle_t weak = copy_of(job, ZX_RIGHTS_BASIC);
  zx_policy_basic_v1_t policy[16] = {{.condition = 100001, .policy = 100001}};
  EXPECT_STATUS(zx_job_set_policy(0, 9, 2, NULL, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, 2, ZX_JOB_POL_BASIC, policy, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, 0, ZX_JOB_POL_BASIC, NULL, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, 0, ZX_JOB_POL_BASIC, policy, 0), ZX_ERR_INVALID_ARGS);
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(policy[0]), &bad); i++) {
    EXPECT_STATUS(zx_job_set_policy(0, 0, ZX_JOB_POL_BASIC_V1, bad, 1), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_job_set_policy(0, 0, ZX_JOB_POL_BASIC_V2, bad, 1), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_STATUS(zx_job_set_policy(0, 0, ZX_JOB_POL_BASIC, policy, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_job_set_policy(event, 0, ZX_JOB_POL_BASIC, policy, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_job_set_policy(weak, 0, ZX_JOB_POL_BASIC, policy, 1), ZX_ERR_ACCESS_DENIED);
  zx_handle_t child = new_job(job);
  EXPECT_STATUS(zx_job_set_policy(job, 0, ZX_JOB_POL_BASIC, policy, 16), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(child));
  EXPECT_STATUS(zx_job_set_policy(job, 0, ZX_JOB_POL_BASIC, policy, 16), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_job_set_policy(job, 0, ZX_JOB_POL_BASIC, policy, UINT32_MAX),
                ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_job_set_policy(job, 0, ZX_JOB_POL_BASIC, policy, 1), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(set_one(job, ABSOLUTE, 100001, ALLOW), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(set_one(job, ABSOLUTE, 15, ALLOW), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(set_one(job, ABSOLUTE, ZX_POL_NEW_VMO, 5), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(set_two(job, 100001, ALLOW, 2), ZX_ERR_INVALID_ARGS);
  for (uint32_t condition = 0; condition < 15; condition++)
    if (condition != ZX_POL_NEW_ANY) EXPECT_OK(set_one(job, ABSOLUTE, condition, DENY));
  EXPECT_STATUS(zx_job_set_policy(zx_job_default(), 0, ZX_JOB_POL_BASIC, policy, 1),
                ZX_ERR_BAD_STATE);
  zx_handle_close(weak);
  zx_handle_close(event);
  zx_handle_close(job);
}

TEST(timer_slack_policy) {
  zx_handle_t job = new_job(zx_job_default()), event = new_event();
  zx_policy_timer_slack_t slack = {.min_slack = 100, .default_mode = ZX_TIMER_SLACK_LATE};
  const uint32_t topic = ZX_JOB_POL_TIMER_SLACK;
  EXPECT_STATUS(zx_job_set_policy(0, ABSOLUTE, topic, &slack, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, RELATIVE, topic, &slack, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, RELATIVE, topic, &slack, 2), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, RELATIVE, topic, NULL, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_job_set_policy(0, RELATIVE, topic, &slack, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_job_set_policy(event, RELATIVE, topic, &slack, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_OK(zx_job_set_policy(job, RELATIVE, topic, &slack, 1));
  slack.min_slack = 50;
  EXPECT_OK(zx_job_set_policy(job, RELATIVE, topic, &slack, 1));
  slack.min_slack = 200;
  EXPECT_OK(zx_job_set_policy(job, RELATIVE, topic, &slack, 1));
  slack.min_slack = -1;
  EXPECT_STATUS(zx_job_set_policy(job, RELATIVE, topic, &slack, 1), ZX_ERR_INVALID_ARGS);
  slack = (zx_policy_timer_slack_t){.min_slack = 1, .default_mode = 3};
  EXPECT_STATUS(zx_job_set_policy(job, RELATIVE, topic, &slack, 1), ZX_ERR_INVALID_ARGS);
  zx_handle_t child = new_job(job);
  EXPECT_STATUS(zx_job_set_policy(job, RELATIVE, topic, &slack, 1), ZX_ERR_BAD_STATE);
  zx_handle_close(child);
  zx_handle_close(event);
  zx_handle_close(job);
}

// --- Locks --------------------------------------------------------------------------------------

TEST(version_one_settings_are_locked) {
  zx_handle_t job = new_job(zx_job_default());
  EXPECT_OK(set_one(job, ABSOLUTE, ZX_POL_NEW_EVENT, DENY));
  EXPECT_STATUS(set_one(job, ABSOLUTE, ZX_POL_NEW_EVENT, ALLOW), ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(set_one(job, ABSOLUTE, ZX_POL_NEW_EVENT, DENY));
  EXPECT_OK(set_one(job, RELATIVE, ZX_POL_NEW_EVENT, ALLOW));
  EXPECT_STATUS(set_one(job, ABSOLUTE, ZX_POL_NEW_EVENT, ALLOW), ZX_ERR_ALREADY_EXISTS);
  zx_handle_t child = new_job(job);
  EXPECT_STATUS(set_one(child, ABSOLUTE, ZX_POL_NEW_EVENT, ALLOW), ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(set_one(child, ABSOLUTE, ZX_POL_NEW_PORT, DENY));
  zx_handle_close(child);
  zx_handle_close(job);
}

TEST(version_two_settings_may_be_overridden) {
  zx_handle_t job = new_job(zx_job_default());
  EXPECT_OK(set_two(job, ZX_POL_NEW_EVENT, DENY, ZX_POL_OVERRIDE_ALLOW));
  zx_handle_t child = new_job(job);
  EXPECT_OK(set_two(child, ZX_POL_NEW_EVENT, ALLOW, ZX_POL_OVERRIDE_DENY));
  EXPECT_STATUS(set_two(child, ZX_POL_NEW_EVENT, DENY, ZX_POL_OVERRIDE_DENY),
                ZX_ERR_ALREADY_EXISTS);
  EXPECT_STATUS(set_two(child, ZX_POL_NEW_EVENT, ALLOW, ZX_POL_OVERRIDE_ALLOW),
                ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(set_two(child, ZX_POL_NEW_EVENT, ALLOW, ZX_POL_OVERRIDE_DENY));
  zx_handle_close(child);
  zx_handle_close(job);
}

// --- Effects ------------------------------------------------------------------------------------

// What a program does under a policy.
enum { EVERYTHING, ONLY_EVENTS, ALL_BUT_EVENTS, AN_EVENT, A_BAD_HANDLE, EXECUTABLE, MOVES };

// Runs one of these in a program of its own, in a job with a policy. Returns how it exits.
static int exit_under(const zx_policy_basic_v1_t* policy, uint32_t count, int what) {
  char text[64];
  snprintf(text, sizeof(text), "%u %u %u %u %u", count, policy[0].condition, policy[0].policy,
           count > 1 ? policy[1].condition : 0, count > 1 ? policy[1].policy : 0);
  return child_run(what, text);
}

static void enter_job(const char* text) {
  zx_policy_basic_v1_t policy[2];
  uint32_t count = 0;
  if (sscanf(text, "%u %u %u %u %u", &count, &policy[0].condition, &policy[0].policy,
             &policy[1].condition, &policy[1].policy) != 5)
    _exit(99);
  zx_handle_t job = new_job(zx_job_default());
  if (zx_job_set_policy(job, ABSOLUTE, ZX_JOB_POL_BASIC_V1, policy, count)) _exit(98);
  if (libzx_process_move_to_job(job)) _exit(97);
}

static void everything_is_denied(const char* text) {
  enter_job(text);
  zx_handle_t out[2];
  EXPECT_STATUS(zx_event_create(0, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_event_create(1, out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_eventpair_create(0, out, out + 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_channel_create(0, out, out + 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_socket_create(0xff, out, out + 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_fifo_create(0, 0, 1, out, out + 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_port_create(7, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_timer_create(9, ZX_CLOCK_MONOTONIC, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmo_create(4096, 0, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmo_create_physical(0, 0, 0, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_vmo_create_contiguous(0, 4096, 0, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_profile_create(0, 0, NULL, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_process_create(0, NULL, 0, 0, out, out + 1), ZX_ERR_ACCESS_DENIED);
  // There is no condition for clocks.
  EXPECT_OK(zx_clock_create(0, NULL, out));
}

TEST(denying_any_denies_every_new_object) {
  const zx_policy_basic_v1_t policy = {.condition = ZX_POL_NEW_ANY, .policy = DENY};
  EXPECT_EQ(exit_under(&policy, 1, EVERYTHING), 0);
}

static void only_events_are_allowed(const char* text) {
  enter_job(text);
  zx_handle_t out;
  EXPECT_OK(zx_event_create(0, &out));
  EXPECT_STATUS(zx_port_create(0, &out), ZX_ERR_ACCESS_DENIED);
}

TEST(denying_any_with_a_later_exception) {
  const zx_policy_basic_v1_t policy[] = {{.condition = ZX_POL_NEW_ANY, .policy = DENY},
                                         {.condition = ZX_POL_NEW_EVENT, .policy = ALLOW}};
  EXPECT_EQ(exit_under(policy, 2, ONLY_EVENTS), 0);
  zx_handle_t job = new_job(zx_job_default());
  const zx_policy_basic_v1_t reversed[] = {{.condition = ZX_POL_NEW_EVENT, .policy = ALLOW},
                                           {.condition = ZX_POL_NEW_ANY, .policy = DENY}};
  EXPECT_STATUS(zx_job_set_policy(job, ABSOLUTE, ZX_JOB_POL_BASIC_V1, reversed, 2),
                ZX_ERR_ALREADY_EXISTS);
  // Nothing has changed.
  EXPECT_OK(set_one(job, ABSOLUTE, ZX_POL_NEW_EVENT, DENY));
  zx_handle_close(job);
}

static void only_events_are_denied(const char* text) {
  enter_job(text);
  zx_handle_t out[2];
  EXPECT_STATUS(zx_event_create(0, out), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_port_create(0, out));
  EXPECT_OK(zx_channel_create(0, out, out + 1));
}

TEST(denying_one_condition_leaves_the_others) {
  const zx_policy_basic_v1_t policy = {.condition = ZX_POL_NEW_EVENT, .policy = DENY};
  EXPECT_EQ(exit_under(&policy, 1, ALL_BUT_EVENTS), 0);
}

static void make_an_event(const char* text) {
  enter_job(text);
  zx_handle_t out;
  zx_event_create(0, &out);
}

static void use_a_bad_handle(const char* text) {
  enter_job(text);
  EXPECT_STATUS(zx_handle_close(ZX_HANDLE_INVALID), ZX_OK);
  EXPECT_STATUS(zx_object_get_info(0xfffffffc, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL),
                ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_signal(0xfffffffc, 0, 0), ZX_ERR_BAD_HANDLE);
}

TEST(killing_action_ends_the_process) {
  zx_policy_basic_v1_t policy = {.condition = ZX_POL_NEW_EVENT, .policy = ZX_POL_ACTION_KILL};
  EXPECT_EQ(exit_under(&policy, 1, AN_EVENT), (uint8_t)ZX_TASK_RETCODE_POLICY_KILL);
  EXPECT_EQ(exit_under(&policy, 1, A_BAD_HANDLE), 0);
  policy.condition = ZX_POL_BAD_HANDLE;
  EXPECT_EQ(exit_under(&policy, 1, AN_EVENT), 0);
  EXPECT_EQ(exit_under(&policy, 1, A_BAD_HANDLE), (uint8_t)ZX_TASK_RETCODE_POLICY_KILL);
  policy.policy = DENY;
  EXPECT_EQ(exit_under(&policy, 1, A_BAD_HANDLE), 0);
}

static void mark_executable(const char* text) {
  enter_job(text);
  zx_handle_t vmo, out;
  EXPECT_OK(zx_vmo_create(4096, 0, &vmo));
  EXPECT_STATUS(zx_vmo_replace_as_executable(vmo, ZX_HANDLE_INVALID, &out), ZX_ERR_ACCESS_DENIED);
}

TEST(denying_the_ambient_mark_of_executable_memory) {
  const zx_policy_basic_v1_t policy = {.condition = ZX_POL_AMBIENT_MARK_VMO_EXEC, .policy = DENY};
  EXPECT_EQ(exit_under(&policy, 1, EXECUTABLE), 0);
}

// --- Moving -------------------------------------------------------------------------------------

static void move_checks(const char* text) {
  (void)text;
  zx_handle_t job = new_job(zx_job_default()), child = new_job(job), event = new_event();
  zx_handle_t weak = copy_of(child, ZX_RIGHTS_BASIC), dead = new_job(child);
  EXPECT_STATUS(libzx_process_move_to_job(ZX_HANDLE_INVALID), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(libzx_process_move_to_job(event), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(libzx_process_move_to_job(weak), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(libzx_process_move_to_job(zx_job_default()), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_task_kill(dead));
  EXPECT_STATUS(libzx_process_move_to_job(dead), ZX_ERR_BAD_STATE);
  EXPECT_OK(libzx_process_move_to_job(child));
  EXPECT_EQ(basic_info(zx_process_self()).related_koid, basic_info(child).koid);
  EXPECT_FALSE(signals_of(child) & ZX_JOB_NO_PROCESSES);
  EXPECT_STATUS(libzx_process_move_to_job(child), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(libzx_process_move_to_job(job), ZX_ERR_INVALID_ARGS);
  if (ztest_failures) _exit(1);
  zx_task_kill(job);
}

TEST(process_moves_down_only_and_dies_with_its_job) {
  EXPECT_EQ(child_run(MOVES, NULL), 255);
}

const child_function_t child_functions[] = {
    everything_is_denied, only_events_are_allowed, only_events_are_denied, make_an_event,
    use_a_bad_handle,     mark_executable,         move_checks,
};

ZTEST_MAIN

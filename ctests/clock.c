// SPDX-License-Identifier: MIT
// Clock objects, the UTC clock of the process and the clocks with numbers.
// Specification: tasks-time-system.md, sections 6, 7 and 11.6.

#include "ztest.h"

#include <libzx.h>
#include <pthread.h>
#include <time.h>
#include <zircon/process.h>
#include <zircon/syscalls/clock.h>
#include <zircon/syscalls/resource.h>
#include <zircon/utc.h>

#include "objects.h"

#define V1 ZX_CLOCK_ARGS_VERSION(1)
#define V2 ZX_CLOCK_ARGS_VERSION(2)
#define UNTOUCHED 0xabcdefu

static zx_handle_t new_clock(uint64_t options, zx_time_t backstop) {
  zx_clock_create_args_v1_t args = {.backstop_time = backstop};
  zx_handle_t clock = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_clock_create(options | V1, &args, &clock));
  return clock;
}

static zx_time_t value_of(zx_handle_t clock) {
  zx_time_t now = -1;
  EXPECT_OK(zx_clock_read(clock, &now));
  return now;
}

static zx_clock_details_v1_t details_of(zx_handle_t clock) {
  zx_clock_details_v1_t details;
  memset(&details, 0xee, sizeof(details));
  EXPECT_OK(zx_clock_get_details(clock, V1, &details));
  return details;
}

static zx_status_t set_value(zx_handle_t clock, zx_time_t value) {
  zx_clock_update_args_v1_t args = {.value = value};
  return zx_clock_update(clock, V1 | ZX_CLOCK_UPDATE_OPTION_VALUE_VALID, &args);
}

static zx_status_t set_rate(zx_handle_t clock, int32_t ppm) {
  zx_clock_update_args_v1_t args = {.rate_adjust = ppm};
  return zx_clock_update(clock, V1 | ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID, &args);
}

// The specified formula, with 128 bits.
__extension__ typedef __int128 wide_t;

static zx_time_t apply(const zx_clock_transformation_t* line, int64_t reference) {
  wide_t product = ((wide_t)reference - line->reference_offset) * line->rate.synthetic_ticks;
  wide_t quotient = product / line->rate.reference_ticks;
  if (product % line->rate.reference_ticks < 0) quotient--;
  wide_t value = quotient + line->synthetic_offset;
  if (value > INT64_MAX) return INT64_MAX;
  if (value < INT64_MIN) return INT64_MIN;
  return (zx_time_t)value;
}

// A reading lies between what the formula gives for the ticks before and after it.
static void expect_reading_fits(zx_handle_t clock) {
  zx_clock_details_v1_t details = details_of(clock);
  zx_ticks_t before = zx_ticks_get();
  zx_time_t now = value_of(clock);
  zx_ticks_t after = zx_ticks_get();
  EXPECT_TRUE(apply(&details.ticks_to_synthetic, before) <= now);
  EXPECT_TRUE(now <= apply(&details.ticks_to_synthetic, after));
  EXPECT_TRUE(apply(&details.mono_to_synthetic, before) <= now);
  EXPECT_TRUE(now <= apply(&details.mono_to_synthetic, after));
}

// --- Creation -----------------------------------------------------------------------------------

TEST(clock_create_every_combination_of_options) {
  for (uint64_t options = 0; options < 8; options++) {
    bool good = !(options & ZX_CLOCK_OPT_CONTINUOUS) || (options & ZX_CLOCK_OPT_MONOTONIC);
    zx_handle_t clock = UNTOUCHED;
    EXPECT_STATUS(zx_clock_create(options, NULL, &clock), good ? ZX_OK : ZX_ERR_INVALID_ARGS);
    if (!good) {
      EXPECT_EQ(clock, UNTOUCHED);
      continue;
    }
    EXPECT_EQ(details_of(clock).options, options);
    zx_signals_t started = options & ZX_CLOCK_OPT_AUTO_START ? ZX_CLOCK_STARTED : 0;
    EXPECT_EQ(signals_of(clock), started);
    zx_info_handle_basic_t info = basic_info(clock);
    EXPECT_EQ(info.type, ZX_OBJ_TYPE_CLOCK);
    EXPECT_EQ(info.rights, ZX_RIGHTS_BASIC | ZX_RIGHTS_IO);
    EXPECT_OK(zx_handle_close(clock));
  }
}

TEST(clock_create_unknown_options_or_version_invalid_args) {
  zx_clock_create_args_v1_t args = {0};
  zx_handle_t clock = UNTOUCHED;
  for (int bit = 3; bit < 58; bit++)
    EXPECT_STATUS(zx_clock_create(1ull << bit, NULL, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_create(0, &args, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_create(V1, NULL, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_create(V2, &args, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_create(V2, NULL, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_create(ZX_CLOCK_ARGS_VERSION(63), &args, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(clock, UNTOUCHED);
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(args), &bad); i++)
    EXPECT_STATUS(zx_clock_create(V1, bad, &clock), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_write(i, sizeof(clock), &bad); i++)
    EXPECT_STATUS(zx_clock_create(0, NULL, bad), ZX_ERR_INVALID_ARGS);
}

TEST(clock_create_backstop_bounds) {
  zx_handle_t clock = UNTOUCHED;
  zx_clock_create_args_v1_t args = {.backstop_time = -1};
  EXPECT_STATUS(zx_clock_create(V1, &args, &clock), ZX_ERR_INVALID_ARGS);
  args.backstop_time = INT64_MIN;
  EXPECT_STATUS(zx_clock_create(V1, &args, &clock), ZX_ERR_INVALID_ARGS);
  args.backstop_time = zx_deadline_after(ZX_SEC(1000));
  EXPECT_STATUS(zx_clock_create(V1 | ZX_CLOCK_OPT_AUTO_START, &args, &clock), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(clock, UNTOUCHED);
  args.backstop_time = 1;
  ASSERT_OK(zx_clock_create(V1 | ZX_CLOCK_OPT_AUTO_START, &args, &clock));
  EXPECT_OK(zx_handle_close(clock));
}

TEST(clock_that_was_not_started_stands_at_its_backstop) {
  zx_handle_t clock = new_clock(0, 123456);
  EXPECT_EQ(value_of(clock), 123456);
  EXPECT_EQ(value_of(clock), 123456);
  zx_clock_details_v1_t details = details_of(clock);
  EXPECT_EQ(details.backstop_time, 123456);
  EXPECT_EQ(details.mono_to_synthetic.synthetic_offset, 123456);
  EXPECT_EQ(details.mono_to_synthetic.reference_offset, 0);
  EXPECT_EQ(details.mono_to_synthetic.rate.synthetic_ticks, 0);
  EXPECT_EQ(details.mono_to_synthetic.rate.reference_ticks, 1);
  EXPECT_BYTES(&details.ticks_to_synthetic, &details.mono_to_synthetic,
               sizeof(details.mono_to_synthetic));
  EXPECT_EQ(details.error_bound, ZX_CLOCK_UNKNOWN_ERROR);
  EXPECT_EQ(details.generation_counter, 0);
  EXPECT_EQ(details.last_value_update_ticks, 0);
  EXPECT_EQ(details.last_rate_adjust_update_ticks, 0);
  EXPECT_EQ(details.last_error_bounds_update_ticks, 0);
  EXPECT_TRUE(details.query_ticks <= zx_ticks_get());
  zx_handle_close(clock);
}

TEST(clock_started_at_once_is_the_monotonic_clock) {
  zx_handle_t clock = new_clock(ZX_CLOCK_OPT_AUTO_START, 0);
  for (int i = 0; i < 100; i++) {
    zx_time_t before = zx_clock_get_monotonic();
    zx_time_t now = value_of(clock);
    EXPECT_TRUE(before <= now);
    EXPECT_TRUE(now <= zx_clock_get_monotonic());
  }
  EXPECT_EQ(details_of(clock).last_value_update_ticks, 0);
  zx_handle_close(clock);
}

// --- Handles and pointers -----------------------------------------------------------------------

TEST(clock_calls_check_the_handle) {
  zx_handle_t clock = new_clock(0, 0), event = new_event();
  zx_handle_t unreadable = copy_of(clock, ZX_RIGHT_WRITE);
  zx_handle_t unwritable = copy_of(clock, ZX_RIGHT_READ);
  zx_clock_update_args_v1_t args = {.value = 5};
  zx_clock_details_v1_t details;
  uint64_t update = V1 | ZX_CLOCK_UPDATE_OPTION_VALUE_VALID;
  zx_time_t now = 77;
  EXPECT_STATUS(zx_clock_read(ZX_HANDLE_INVALID, &now), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_clock_read(event, &now), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_clock_read(unreadable, &now), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_clock_get_details(ZX_HANDLE_INVALID, V1, &details), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_clock_get_details(event, V1, &details), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_clock_get_details(unreadable, V1, &details), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_clock_update(ZX_HANDLE_INVALID, update, &args), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_clock_update(event, update, &args), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_clock_update(unwritable, update, &args), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(now, 77);
  EXPECT_EQ(details_of(clock).generation_counter, 0);
  zx_handle_close(unwritable);
  zx_handle_close(unreadable);
  zx_handle_close(event);
  zx_handle_close(clock);
}

TEST(clock_calls_check_pointers_and_versions) {
  zx_handle_t clock = new_clock(0, 0);
  zx_clock_details_v1_t details;
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_time_t), &bad); i++)
    EXPECT_STATUS(zx_clock_read(clock, bad), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_write(i, sizeof(details), &bad); i++)
    EXPECT_STATUS(zx_clock_get_details(clock, V1, bad), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_get_details(clock, 0, &details), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_get_details(clock, V1 | 1, &details), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_get_details(clock, V2, &details), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_get_details(ZX_HANDLE_INVALID, V1, NULL), ZX_ERR_INVALID_ARGS);
  for (int i = 0; ztest_bad_read(i, sizeof(zx_clock_update_args_v1_t), &bad); i++)
    EXPECT_STATUS(zx_clock_update(clock, V1 | ZX_CLOCK_UPDATE_OPTION_VALUE_VALID, bad),
                  ZX_ERR_INVALID_ARGS);
  zx_handle_close(clock);
}

// --- Updates ------------------------------------------------------------------------------------

TEST(clock_update_bad_options_invalid_args_before_the_handle) {
  zx_clock_update_args_v2_t args = {0};
  const uint64_t value = ZX_CLOCK_UPDATE_OPTION_VALUE_VALID;
  const uint64_t reference = ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID;
  const uint64_t wrong[] = {V1,  V2,          value,     ZX_CLOCK_ARGS_VERSION(3) | value, V1 | 16,
                            V1 | value | 64, V2 | value | 16, V1 | value | reference};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    EXPECT_STATUS(zx_clock_update(ZX_HANDLE_INVALID, wrong[i], &args), ZX_ERR_INVALID_ARGS);
  const int32_t rates[] = {-1001, 1001, INT32_MIN, INT32_MAX};
  for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
    EXPECT_STATUS(set_rate(ZX_HANDLE_INVALID, rates[i]), ZX_ERR_INVALID_ARGS);
    args.rate_adjust = rates[i];
    EXPECT_STATUS(zx_clock_update(ZX_HANDLE_INVALID,
                                  V2 | ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID, &args),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_clock_update(ZX_HANDLE_INVALID, V2 | value, &args), ZX_ERR_BAD_HANDLE);
  }
}

static void* wait_for_start(void* argument) {
  zx_handle_t clock = *(zx_handle_t*)argument;
  zx_signals_t observed = 0;
  EXPECT_OK(zx_object_wait_one(clock, ZX_CLOCK_STARTED, ZX_TIME_INFINITE, &observed));
  return NULL;
}

TEST(clock_first_value_starts_it) {
  zx_handle_t clock = new_clock(0, 100);
  EXPECT_STATUS(set_rate(clock, 5), ZX_ERR_BAD_STATE);
  zx_clock_update_args_v1_t bound = {.error_bound = 5};
  EXPECT_STATUS(zx_clock_update(clock, V1 | ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID, &bound),
                ZX_ERR_BAD_STATE);
  EXPECT_STATUS(set_value(clock, 99), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(signals_of(clock), 0);
  EXPECT_EQ(details_of(clock).generation_counter, 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, NULL, wait_for_start, &clock), 0);
  zx_ticks_t before = zx_ticks_get();
  ASSERT_OK(set_value(clock, 5000));
  zx_ticks_t after = zx_ticks_get();
  pthread_join(thread, NULL);
  EXPECT_EQ(signals_of(clock), ZX_CLOCK_STARTED);
  EXPECT_TRUE(value_of(clock) >= 5000);
  zx_clock_details_v1_t details = details_of(clock);
  EXPECT_EQ(details.generation_counter, 2);
  EXPECT_TRUE(before <= details.last_value_update_ticks && details.last_value_update_ticks <= after);
  EXPECT_EQ(details.last_rate_adjust_update_ticks, details.last_value_update_ticks);
  EXPECT_EQ(details.last_error_bounds_update_ticks, 0);
  EXPECT_EQ(details.mono_to_synthetic.rate.synthetic_ticks, 1);
  EXPECT_EQ(details.mono_to_synthetic.rate.reference_ticks, 1);
  EXPECT_EQ(details.mono_to_synthetic.synthetic_offset, 5000);
  expect_reading_fits(clock);
  zx_handle_close(clock);
}

TEST(clock_update_stamps_what_it_changes) {
  zx_handle_t clock = new_clock(0, 0);
  ASSERT_OK(set_value(clock, 1000));
  zx_clock_details_v1_t first = details_of(clock);
  ASSERT_OK(set_rate(clock, -100));
  zx_clock_details_v1_t second = details_of(clock);
  EXPECT_EQ(second.last_value_update_ticks, first.last_value_update_ticks);
  EXPECT_TRUE(second.last_rate_adjust_update_ticks > first.last_rate_adjust_update_ticks);
  EXPECT_EQ(second.mono_to_synthetic.rate.synthetic_ticks, 999900);
  EXPECT_EQ(second.mono_to_synthetic.rate.reference_ticks, 1000000);
  EXPECT_EQ(second.generation_counter, 4);
  // The reading went on from where it was.
  EXPECT_EQ(second.mono_to_synthetic.synthetic_offset,
            apply(&first.mono_to_synthetic, second.mono_to_synthetic.reference_offset));
  zx_clock_update_args_v1_t args = {.error_bound = 42};
  ASSERT_OK(zx_clock_update(clock, V1 | ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID, &args));
  zx_clock_details_v1_t third = details_of(clock);
  EXPECT_EQ(third.error_bound, 42);
  EXPECT_TRUE(third.last_error_bounds_update_ticks > 0);
  EXPECT_EQ(third.last_rate_adjust_update_ticks, second.last_rate_adjust_update_ticks);
  EXPECT_BYTES(&third.mono_to_synthetic, &second.mono_to_synthetic,
               sizeof(third.mono_to_synthetic));
  // A value keeps the rate; the unknown bound may be set again.
  args = (zx_clock_update_args_v1_t){.value = 10, .error_bound = ZX_CLOCK_UNKNOWN_ERROR};
  ASSERT_OK(zx_clock_update(
      clock,
      V1 | ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID | ZX_CLOCK_UPDATE_OPTION_VALUE_VALID, &args));
  zx_clock_details_v1_t last = details_of(clock);
  EXPECT_EQ(last.mono_to_synthetic.rate.synthetic_ticks, 999900);
  EXPECT_EQ(last.mono_to_synthetic.synthetic_offset, 10);
  EXPECT_EQ(last.error_bound, ZX_CLOCK_UNKNOWN_ERROR);
  EXPECT_EQ(last.last_value_update_ticks, last.last_error_bounds_update_ticks);
  EXPECT_EQ(last.generation_counter, 8);
  expect_reading_fits(clock);
  zx_handle_close(clock);
}

TEST(clock_update_every_rate_keeps_readings_exact) {
  zx_handle_t clock = new_clock(0, 0);
  ASSERT_OK(set_value(clock, 1ll << 60));
  for (int32_t ppm = -1000; ppm <= 1000; ppm += 125) {
    ASSERT_OK(set_rate(clock, ppm));
    EXPECT_EQ(details_of(clock).mono_to_synthetic.rate.synthetic_ticks, (uint32_t)(1000000 + ppm));
    for (int i = 0; i < 20; i++) expect_reading_fits(clock);
  }
  zx_handle_close(clock);
}

TEST(clock_plain_may_go_back_others_may_not) {
  zx_handle_t plain = new_clock(0, 10);
  ASSERT_OK(set_value(plain, 1ll << 50));
  EXPECT_OK(set_value(plain, 10));
  EXPECT_STATUS(set_value(plain, 9), ZX_ERR_INVALID_ARGS);
  EXPECT_TRUE(value_of(plain) < 1ll << 50);
  zx_handle_t monotonic = new_clock(ZX_CLOCK_OPT_MONOTONIC, 0);
  ASSERT_OK(set_value(monotonic, 1ll << 50));
  zx_clock_details_v1_t before = details_of(monotonic);
  EXPECT_STATUS(set_value(monotonic, 1ll << 40), ZX_ERR_INVALID_ARGS);
  zx_clock_details_v1_t after = details_of(monotonic);
  EXPECT_EQ(after.generation_counter, before.generation_counter);
  EXPECT_BYTES(&after.mono_to_synthetic, &before.mono_to_synthetic,
               sizeof(after.mono_to_synthetic));
  EXPECT_OK(set_value(monotonic, 1ll << 51));
  zx_handle_t continuous = new_clock(ZX_CLOCK_OPT_MONOTONIC | ZX_CLOCK_OPT_CONTINUOUS, 0);
  ASSERT_OK(set_value(continuous, 1ll << 50));
  EXPECT_STATUS(set_value(continuous, 1ll << 51), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(set_rate(continuous, 1000));
  zx_handle_t automatic = new_clock(
      ZX_CLOCK_OPT_AUTO_START | ZX_CLOCK_OPT_MONOTONIC | ZX_CLOCK_OPT_CONTINUOUS, 0);
  EXPECT_STATUS(set_value(automatic, 1ll << 62), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(set_rate(automatic, -1000));
  zx_handle_close(automatic);
  zx_handle_close(continuous);
  zx_handle_close(monotonic);
  zx_handle_close(plain);
}

TEST(clock_update_version_two_takes_a_reference) {
  zx_handle_t clock = new_clock(0, 0);
  const uint64_t value = ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID;
  const uint64_t reference = ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID;
  const uint64_t rate = ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID;
  zx_clock_update_args_v2_t args = {.synthetic_value = 1000, .reference_value = 50};
  EXPECT_STATUS(zx_clock_update(clock, V2 | reference, &args), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_update(clock, V2 | reference | rate, &args), ZX_ERR_BAD_STATE);
  ASSERT_OK(zx_clock_update(clock, V2 | value | reference, &args));
  zx_clock_details_v1_t details = details_of(clock);
  EXPECT_EQ(details.mono_to_synthetic.reference_offset, 50);
  EXPECT_EQ(details.mono_to_synthetic.synthetic_offset, 1000);
  // A rate from a point on: through the old line's value there.
  args = (zx_clock_update_args_v2_t){.rate_adjust = 1000, .reference_value = 1050};
  ASSERT_OK(zx_clock_update(clock, V2 | rate | reference, &args));
  details = details_of(clock);
  EXPECT_EQ(details.mono_to_synthetic.reference_offset, 1050);
  EXPECT_EQ(details.mono_to_synthetic.synthetic_offset, 2000);
  EXPECT_EQ(details.mono_to_synthetic.rate.synthetic_ticks, 1001000);
  expect_reading_fits(clock);
  zx_handle_close(clock);
}

TEST(clock_monotonic_version_two_rules) {
  zx_handle_t clock = new_clock(ZX_CLOCK_OPT_MONOTONIC, 500);
  const uint64_t value = ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID;
  const uint64_t reference = ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID;
  const uint64_t rate = ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID;
  zx_time_t now = zx_clock_get_monotonic();
  zx_clock_update_args_v2_t args = {.synthetic_value = 1000, .reference_value = now};
  ASSERT_OK(zx_clock_update(clock, V2 | value | reference, &args));
  zx_clock_details_v1_t before = details_of(clock);
  EXPECT_STATUS(zx_clock_update(clock, V2 | value, &args), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_update(clock, V2 | value | reference | rate, &args), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_update(clock, V2 | reference | rate, &args), ZX_ERR_INVALID_ARGS);
  // A step back.
  args = (zx_clock_update_args_v2_t){.synthetic_value = 1000, .reference_value = now + ZX_SEC(1)};
  EXPECT_STATUS(zx_clock_update(clock, V2 | value | reference, &args), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(details_of(clock).generation_counter, before.generation_counter);
  // A step forward.
  args = (zx_clock_update_args_v2_t){.synthetic_value = 1000, .reference_value = now - ZX_SEC(1)};
  EXPECT_OK(zx_clock_update(clock, V2 | value | reference, &args));
  EXPECT_OK(zx_clock_update(clock, V2 | rate, &args));
  zx_handle_close(clock);
}

typedef struct {
  zx_handle_t clock;
  atomic_bool stop;
  uint64_t backwards;
} readings_t;

static void* read_clock(void* argument) {
  readings_t* readings = argument;
  zx_time_t last = 0;
  while (!atomic_load(&readings->stop)) {
    zx_time_t now = value_of(readings->clock);
    if (now < last) readings->backwards++;
    last = now;
  }
  return NULL;
}

TEST(clock_continuous_never_goes_back_while_its_rate_changes) {
  readings_t readings = {
      .clock = new_clock(ZX_CLOCK_OPT_MONOTONIC | ZX_CLOCK_OPT_CONTINUOUS, 0)};
  ASSERT_OK(set_value(readings.clock, 1));
  pthread_t threads[2];
  for (int i = 0; i < 2; i++)
    ASSERT_EQ(pthread_create(&threads[i], NULL, read_clock, &readings), 0);
  for (uint32_t i = 0; i < ztest_rounds(20000); i++)
    ASSERT_OK(set_rate(readings.clock, i % 2 ? 1000 : -1000));
  atomic_store(&readings.stop, true);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  EXPECT_EQ(readings.backwards, 0);
  EXPECT_EQ(details_of(readings.clock).generation_counter, 2 * ztest_rounds(20000) + 2);
  zx_handle_close(readings.clock);
}

// --- Clocks with numbers ------------------------------------------------------------------------

TEST(ticks_are_nanoseconds_of_the_monotonic_clock) {
  EXPECT_EQ(zx_ticks_per_second(), 1000000000);
  EXPECT_EQ(zx_ticks_per_second(), zx_ticks_per_second());
  zx_time_t before = zx_clock_get_monotonic();
  zx_ticks_t ticks = zx_ticks_get();
  EXPECT_TRUE(before <= ticks);
  EXPECT_TRUE(ticks <= zx_clock_get_monotonic());
}

static zx_time_t linux_time(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (zx_time_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

TEST(clock_get_reads_each_clock) {
  zx_time_t before = linux_time(CLOCK_MONOTONIC), now = 0;
  ASSERT_OK(zx_clock_get(ZX_CLOCK_MONOTONIC, &now));
  EXPECT_TRUE(before <= now && now <= linux_time(CLOCK_MONOTONIC));
  before = linux_time(CLOCK_THREAD_CPUTIME_ID);
  ASSERT_OK(zx_clock_get(ZX_CLOCK_THREAD, &now));
  EXPECT_TRUE(before <= now && now <= linux_time(CLOCK_THREAD_CPUTIME_ID));
  now = 77;
  EXPECT_STATUS(zx_clock_get(3, &now), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_get(UINT32_MAX, &now), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(now, 77);
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(now), &bad); i++)
    EXPECT_STATUS(zx_clock_get(ZX_CLOCK_UTC, bad), ZX_ERR_INVALID_ARGS);
}

TEST(clock_adjust_shifts_utc_of_the_process_alone) {
  zx_time_t real = linux_time(CLOCK_REALTIME), utc = 0;
  ASSERT_OK(zx_clock_get(ZX_CLOCK_UTC, &utc));
  EXPECT_TRUE(real <= utc && utc <= linux_time(CLOCK_REALTIME));
  zx_handle_t event = new_event(), mmio = ZX_HANDLE_INVALID;
  zx_handle_t root = get_root_resource();
  ASSERT_OK(zx_resource_create(root, ZX_RSRC_KIND_MMIO, 0, 4096, "", 0, &mmio));
  EXPECT_STATUS(zx_clock_adjust(ZX_HANDLE_INVALID, ZX_CLOCK_UTC, 5), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_clock_adjust(event, ZX_CLOCK_UTC, 5), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_clock_adjust(mmio, ZX_CLOCK_UTC, 5), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_clock_adjust(root, ZX_CLOCK_MONOTONIC, 5), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_clock_adjust(root, ZX_CLOCK_THREAD, 5), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_clock_adjust(root, 9, 5), ZX_ERR_INVALID_ARGS);
  const int64_t offset = ZX_HOUR(24 * 365 * 100ll);
  ASSERT_OK(zx_clock_adjust(root, ZX_CLOCK_UTC, offset));
  zx_time_t before = zx_clock_get_monotonic();
  ASSERT_OK(zx_clock_get(ZX_CLOCK_UTC, &utc));
  EXPECT_TRUE(before + offset <= utc && utc <= zx_clock_get_monotonic() + offset);
  EXPECT_TRUE(linux_time(CLOCK_REALTIME) < real + ZX_HOUR(24));
  zx_handle_close(mmio);
  zx_handle_close(event);
}

// --- UTC ----------------------------------------------------------------------------------------

TEST(utc_reference_starts_as_linux_time_of_day) {
  zx_handle_t utc = zx_utc_reference_get();
  ASSERT_NE(utc, ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_utc_reference_get(), utc);
  EXPECT_EQ(_zx_utc_reference_get(), utc);
  zx_info_handle_basic_t info = basic_info(utc);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_CLOCK);
  EXPECT_EQ(info.rights, ZX_RIGHT_READ | ZX_RIGHT_WAIT | ZX_RIGHT_DUPLICATE | ZX_RIGHT_TRANSFER |
                             ZX_RIGHT_INSPECT);
  EXPECT_EQ(signals_of(utc), ZX_CLOCK_STARTED);
  EXPECT_EQ(details_of(utc).backstop_time, 0);
  zx_time_t difference = value_of(utc) - linux_time(CLOCK_REALTIME);
  EXPECT_TRUE(-ZX_SEC(60) < difference && difference < ZX_SEC(60));
}

TEST(utc_reference_swap_hands_over_the_old_clock) {
  zx_handle_t first = zx_utc_reference_get(), previous = UNTOUCHED;
  zx_handle_t clock = new_clock(ZX_CLOCK_OPT_AUTO_START, 0);
  ASSERT_OK(zx_utc_reference_swap(clock, &previous));
  EXPECT_EQ(previous, first);
  EXPECT_EQ(zx_utc_reference_get(), clock);
  // What cannot be read is closed, and the clock stays.
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_utc_reference_swap(event, &previous), ZX_ERR_WRONG_TYPE);
  EXPECT_EQ(previous, ZX_HANDLE_INVALID);
  EXPECT_STATUS(zx_handle_close(event), ZX_ERR_BAD_HANDLE);
  zx_handle_t unreadable = copy_of(first, ZX_RIGHT_WAIT);
  EXPECT_STATUS(zx_utc_reference_swap(unreadable, &previous), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_handle_close(unreadable), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_utc_reference_swap(event, &previous), ZX_ERR_BAD_HANDLE);
  zx_handle_t refused = copy_of(first, ZX_RIGHT_READ);
  EXPECT_STATUS(zx_utc_reference_swap(refused, NULL), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_handle_close(refused), ZX_ERR_BAD_HANDLE);
  EXPECT_EQ(zx_utc_reference_get(), clock);
  // None at all, and back.
  ASSERT_OK(zx_utc_reference_swap(ZX_HANDLE_INVALID, &previous));
  EXPECT_EQ(previous, clock);
  EXPECT_EQ(zx_utc_reference_get(), ZX_HANDLE_INVALID);
  EXPECT_OK(zx_handle_close(clock));
  ASSERT_OK(zx_utc_reference_swap(first, &previous));
  EXPECT_EQ(previous, ZX_HANDLE_INVALID);
  EXPECT_EQ(zx_utc_reference_get(), first);
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// Times, durations, ticks, the clock; zx::status and zx::result.
#include <lib/zx/clock.h>
#include <lib/zx/result.h>
#include <lib/zx/status.h>
#include <lib/zx/time.h>
#include <zxtest/zxtest.h>

#include <memory>
#include <string>

namespace {

constexpr zx::duration kMost = zx::duration::infinite();
constexpr zx::duration kLeast = zx::duration::infinite_past();
constexpr zx::time kNever = zx::time::infinite();
constexpr zx::time kPast = zx::time::infinite_past();

static_assert(zx::sec(1) == zx::msec(1000), "");
static_assert(zx::msec(1) == zx::usec(1000), "");
static_assert(zx::usec(1) == zx::nsec(1000), "");
static_assert(zx::min(1) == zx::sec(60), "");
static_assert(zx::hour(1) == zx::min(60), "");
static_assert(kMost + zx::nsec(1) == kMost, "");
static_assert(kLeast - zx::nsec(1) == kLeast, "");
static_assert(kMost * 2 == kMost && kMost * -2 == kLeast && kLeast * -1 == kMost, "");
static_assert(-kLeast == kMost, "");
static_assert(3 * zx::sec(1) == zx::sec(3), "");
static_assert(kNever + zx::sec(1) == kNever && kPast - zx::sec(1) == kPast, "");
static_assert(kNever - kPast == kMost && kPast - kNever == kLeast, "");
static_assert(zx::sec(1) + zx::time(5) == zx::time(5) + zx::sec(1), "");
static_assert(zx::msec(-1500).to_secs() == -1 && zx::msec(1999).to_secs() == 1, "");
static_assert(zx::msec(-1500) % zx::sec(1) == -500000000, "");
static_assert(zx::msec(1500) % 1000000000 == zx::msec(500), "");
static_assert(zx::sec(7) / zx::sec(2) == 3 && zx::sec(8) / 2 == zx::sec(4), "");
static_assert(zx::ticks::infinite() + zx::ticks(1) == zx::ticks::infinite(), "");
static_assert(zx::ticks::infinite_past() - zx::ticks(1) == zx::ticks::infinite_past(), "");
static_assert(zx::ticks(-2) * UINT64_MAX == zx::ticks::infinite_past(), "");
static_assert(zx::ticks(2) * UINT64_MAX == zx::ticks::infinite(), "");
static_assert(zx::ticks(7) / zx::ticks(2) == 3 && zx::ticks(7) % zx::ticks(4) == 3, "");
static_assert(zx::ticks(7) / 2 == zx::ticks(3) && zx::ticks(7) % 4 == zx::ticks(3), "");
static_assert(zx::duration(zx::msec(1500).to_timespec()) == zx::msec(1500), "");
static_assert(zx::duration(zx::msec(-1500).to_timespec()) == zx::msec(-1500), "");
static_assert(zx::time(zx::time(123456789012).to_timespec()) == zx::time(123456789012), "");
static_assert(zx::hour(2).to_mins() == 120 && zx::hour(2).to_hours() == 2, "");

TEST(Times, CompoundOperators) {
  zx::duration span = zx::sec(1);
  span += zx::sec(2);
  span -= zx::msec(500);
  span *= 2;
  span /= 5;
  EXPECT_EQ(span, zx::sec(1));
  span %= 300000000;
  EXPECT_EQ(span, zx::msec(100));
  zx::time point;
  point += zx::sec(3);
  point -= zx::sec(1);
  EXPECT_EQ(point.get(), 2000000000);
  *point.get_address() = 5;
  EXPECT_EQ(point, zx::time(5));
  zx::ticks ticks(10);
  ticks += zx::ticks(5);
  ticks -= zx::ticks(1);
  ticks *= 2u;
  ticks /= 3u;
  ticks %= 5u;
  EXPECT_EQ(ticks, zx::ticks(4));
}

TEST(Times, OfFarTimespecsSaturate) {
  std::timespec far = {};
  far.tv_sec = std::numeric_limits<time_t>::max();
  EXPECT_EQ(zx::duration(far), kMost);
  far.tv_sec = std::numeric_limits<time_t>::min();
  EXPECT_EQ(zx::time(far), kPast);
}

TEST(Times, SleepLastsAndTicksAdvance) {
  const zx::ticks before = zx::ticks::now();
  const zx::time begun = zx::clock::get_monotonic();
  EXPECT_OK(zx::nanosleep(zx::deadline_after(zx::msec(50))));
  EXPECT_GE(zx::clock::get_monotonic() - begun, zx::msec(50));
  EXPECT_GE(zx::ticks::now() - before, zx::ticks::per_second() / 21);
}

TEST(Clock, ReadsOfTheSystem) {
  zx::time now;
  ASSERT_OK(zx::clock::get(&now));
  EXPECT_LE(now, zx::clock::get_monotonic());
  zx::time_thread used;
  ASSERT_OK(zx::clock::get(&used));
  EXPECT_GT(used.get(), 0);
}

TEST(Clock, UpdatesWhatTheArgumentsSay) {
  zx::clock clock;
  ASSERT_OK(zx::clock::create(0, nullptr, &clock));
  ASSERT_OK(clock.update(zx::clock::update_args().set_value(zx::time(1000)).set_error_bound(7)));
  zx_time_t read = 0;
  ASSERT_OK(clock.read(&read));
  EXPECT_GE(read, 1000);
  zx_clock_details_v1_t details = {};
  ASSERT_OK(clock.get_details(&details));
  EXPECT_EQ(details.error_bound, 7);
  EXPECT_EQ(clock.get_handle(), clock.get());
  EXPECT_STATUS(clock.update(zx::clock::update_args().set_value(zx::time(5)).reset()),
                ZX_ERR_INVALID_ARGS);
}

zx::result<int> Half(int value) {
  if (value % 2 != 0) {
    return zx::error(ZX_ERR_INVALID_ARGS);
  }
  return zx::ok(value / 2);
}

zx::status<std::string> Text(int value) {
  zx::result<int> half = Half(value);
  if (half.is_error()) {
    return half.take_error();
  }
  return zx::ok(std::to_string(*half));
}

TEST(Result, ValueOrStatus) {
  EXPECT_OK(Half(4));
  EXPECT_STATUS(Half(3), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(Half(4).value(), 2);
  EXPECT_EQ(Half(3).value_or(9), 9);
  EXPECT_STR_EQ(Half(3).status_string(), "ZX_ERR_INVALID_ARGS");
  EXPECT_STR_EQ(Text(8).value(), "4");
  EXPECT_EQ(Text(8)->size(), 1);
  EXPECT_EQ(Text(1).error_value(), ZX_ERR_INVALID_ARGS);
  zx::result<std::unique_ptr<int>> owned = zx::ok(std::make_unique<int>(3));
  std::unique_ptr<int> moved = std::move(owned.value());
  EXPECT_EQ(*moved, 3);
  EXPECT_OK(zx::make_result(ZX_OK));
  EXPECT_EQ(zx::make_result(ZX_OK, 5).value(), 5);
  EXPECT_STATUS(zx::make_status(ZX_ERR_BAD_STATE), ZX_ERR_BAD_STATE);
}

TEST(Result, MisuseAborts) {
  ASSERT_DEATH(([] { zx::result<> wrong = zx::error(ZX_OK); static_cast<void>(wrong); }));
  ASSERT_DEATH(([] { static_cast<void>(Half(3).value()); }));
  ASSERT_DEATH(([] { static_cast<void>(Half(4).error_value()); }));
}

}  // namespace

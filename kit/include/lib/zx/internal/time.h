// SPDX-License-Identifier: MIT
// zx::duration, zx::ticks and zx::basic_time: points in time and spans that saturate at both ends.
#ifndef LIB_ZX_INTERNAL_TIME_H_
#define LIB_ZX_INTERNAL_TIME_H_

#include <stdint.h>
#include <time.h>
#include <zircon/syscalls.h>
#include <zircon/time.h>
#include <zircon/types.h>

#include <ctime>
#include <limits>

namespace zx {

namespace detail {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

constexpr int64_t add(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? kLeast : kMost) : sum;
}

constexpr int64_t subtract(int64_t a, int64_t b) {
  int64_t difference = 0;
  return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? kMost : kLeast) : difference;
}

constexpr int64_t multiply(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? ((a < 0) != (b < 0) ? kLeast : kMost) : product;
}

// A count of ticks by a factor that has no sign.
constexpr int64_t multiply_unsigned(int64_t a, uint64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? (a < 0 ? kLeast : kMost) : product;
}

#if __cplusplus >= 201703L
__extension__ typedef __int128 wide;

// Saturates on the true sum: the parts alone may overflow where the sum does not.
constexpr int64_t from_timespec(const std::timespec& ts) {
  const wide sum = static_cast<wide>(ts.tv_sec) * 1000000000 + ts.tv_nsec;
  return sum > kMost ? kMost : sum < kLeast ? kLeast : static_cast<int64_t>(sum);
}

constexpr std::timespec to_timespec(int64_t ns) {
  std::timespec ts = {};
  ts.tv_sec = static_cast<time_t>(ns / 1000000000);
  ts.tv_nsec = static_cast<long>(ns % 1000000000);
  return ts;
}
#endif

}  // namespace detail

// A span of time in nanoseconds.
class duration final {
 public:
  constexpr duration() = default;
  explicit constexpr duration(zx_duration_t value) : value_(value) {}
#if __cplusplus >= 201703L
  explicit constexpr duration(const std::timespec& ts) : value_(detail::from_timespec(ts)) {}
  constexpr std::timespec to_timespec() const { return detail::to_timespec(value_); }
#endif

  static constexpr duration infinite() { return duration(ZX_TIME_INFINITE); }
  static constexpr duration infinite_past() { return duration(ZX_TIME_INFINITE_PAST); }

  constexpr zx_duration_t get() const { return value_; }

  constexpr int64_t to_nsecs() const { return value_; }
  constexpr int64_t to_usecs() const { return value_ / 1000; }
  constexpr int64_t to_msecs() const { return value_ / 1000000; }
  constexpr int64_t to_secs() const { return value_ / 1000000000; }
  constexpr int64_t to_mins() const { return value_ / 60000000000; }
  constexpr int64_t to_hours() const { return value_ / 3600000000000; }

  constexpr duration operator-() const { return duration(detail::subtract(0, value_)); }
  constexpr duration operator+(duration other) const {
    return duration(detail::add(value_, other.value_));
  }
  constexpr duration operator-(duration other) const {
    return duration(detail::subtract(value_, other.value_));
  }
  constexpr duration operator*(int64_t factor) const {
    return duration(detail::multiply(value_, factor));
  }
  constexpr duration operator/(int64_t divisor) const { return duration(value_ / divisor); }
  constexpr duration operator%(int64_t divisor) const { return duration(value_ % divisor); }
  constexpr int64_t operator/(duration other) const { return value_ / other.value_; }
  constexpr int64_t operator%(duration other) const { return value_ % other.value_; }

  constexpr duration& operator+=(duration other) { return *this = *this + other; }
  constexpr duration& operator-=(duration other) { return *this = *this - other; }
  constexpr duration& operator*=(int64_t factor) { return *this = *this * factor; }
  constexpr duration& operator/=(int64_t divisor) { return *this = *this / divisor; }
  constexpr duration& operator%=(int64_t divisor) { return *this = *this % divisor; }

  constexpr bool operator==(duration other) const { return value_ == other.value_; }
  constexpr bool operator!=(duration other) const { return value_ != other.value_; }
  constexpr bool operator<(duration other) const { return value_ < other.value_; }
  constexpr bool operator<=(duration other) const { return value_ <= other.value_; }
  constexpr bool operator>(duration other) const { return value_ > other.value_; }
  constexpr bool operator>=(duration other) const { return value_ >= other.value_; }

 private:
  zx_duration_t value_ = 0;
};

constexpr duration operator*(int64_t factor, duration span) { return span * factor; }

// A reading of the tick counter, or a difference of two.
class ticks final {
 public:
  constexpr ticks() = default;
  explicit constexpr ticks(zx_ticks_t value) : value_(value) {}

  static ticks now() { return ticks(zx_ticks_get()); }
  static ticks per_second() { return ticks(zx_ticks_per_second()); }
  static constexpr ticks infinite() { return ticks(detail::kMost); }
  static constexpr ticks infinite_past() { return ticks(detail::kLeast); }

  constexpr zx_ticks_t get() const { return value_; }

  constexpr ticks operator+(ticks other) const {
    return ticks(detail::add(value_, other.value_));
  }
  constexpr ticks operator-(ticks other) const {
    return ticks(detail::subtract(value_, other.value_));
  }
  constexpr ticks operator*(uint64_t factor) const {
    return ticks(detail::multiply_unsigned(value_, factor));
  }
  constexpr ticks operator/(uint64_t divisor) const {
    return ticks(static_cast<zx_ticks_t>(static_cast<uint64_t>(value_) / divisor));
  }
  constexpr ticks operator%(uint64_t divisor) const {
    return ticks(static_cast<zx_ticks_t>(static_cast<uint64_t>(value_) % divisor));
  }
  constexpr uint64_t operator/(ticks other) const {
    return static_cast<uint64_t>(value_ / other.value_);
  }
  constexpr uint64_t operator%(ticks other) const {
    return static_cast<uint64_t>(value_ % other.value_);
  }

  constexpr ticks& operator+=(ticks other) { return *this = *this + other; }
  constexpr ticks& operator-=(ticks other) { return *this = *this - other; }
  constexpr ticks& operator*=(uint64_t factor) { return *this = *this * factor; }
  constexpr ticks& operator/=(uint64_t divisor) { return *this = *this / divisor; }
  constexpr ticks& operator%=(uint64_t divisor) { return *this = *this % divisor; }

  constexpr bool operator==(ticks other) const { return value_ == other.value_; }
  constexpr bool operator!=(ticks other) const { return value_ != other.value_; }
  constexpr bool operator<(ticks other) const { return value_ < other.value_; }
  constexpr bool operator<=(ticks other) const { return value_ <= other.value_; }
  constexpr bool operator>(ticks other) const { return value_ > other.value_; }
  constexpr bool operator>=(ticks other) const { return value_ >= other.value_; }

 private:
  zx_ticks_t value_ = 0;
};

// A point in time of one clock; those of different clocks do not mix.
template <zx_clock_t kClockId>
class basic_time final {
 public:
  constexpr basic_time() = default;
  explicit constexpr basic_time(zx_time_t value) : value_(value) {}
#if __cplusplus >= 201703L
  explicit constexpr basic_time(const std::timespec& ts) : value_(detail::from_timespec(ts)) {}
  constexpr std::timespec to_timespec() const { return detail::to_timespec(value_); }
#endif

  static constexpr basic_time infinite() { return basic_time(ZX_TIME_INFINITE); }
  static constexpr basic_time infinite_past() { return basic_time(ZX_TIME_INFINITE_PAST); }

  constexpr zx_time_t get() const { return value_; }
  zx_time_t* get_address() { return &value_; }

  constexpr duration operator-(basic_time other) const {
    return duration(detail::subtract(value_, other.value_));
  }
  constexpr basic_time operator+(duration span) const {
    return basic_time(detail::add(value_, span.get()));
  }
  constexpr basic_time operator-(duration span) const {
    return basic_time(detail::subtract(value_, span.get()));
  }
  constexpr basic_time& operator+=(duration span) { return *this = *this + span; }
  constexpr basic_time& operator-=(duration span) { return *this = *this - span; }

  constexpr bool operator==(basic_time other) const { return value_ == other.value_; }
  constexpr bool operator!=(basic_time other) const { return value_ != other.value_; }
  constexpr bool operator<(basic_time other) const { return value_ < other.value_; }
  constexpr bool operator<=(basic_time other) const { return value_ <= other.value_; }
  constexpr bool operator>(basic_time other) const { return value_ > other.value_; }
  constexpr bool operator>=(basic_time other) const { return value_ >= other.value_; }

 private:
  zx_time_t value_ = 0;
};

template <zx_clock_t kClockId>
constexpr basic_time<kClockId> operator+(duration span, basic_time<kClockId> point) {
  return point + span;
}

using time = basic_time<0>;
using time_utc = basic_time<1>;
using time_thread = basic_time<2>;

constexpr duration nsec(int64_t n) { return duration(n); }
constexpr duration usec(int64_t n) { return duration(n * 1000); }
constexpr duration msec(int64_t n) { return duration(n * 1000000); }
constexpr duration sec(int64_t n) { return duration(n * 1000000000); }
constexpr duration min(int64_t n) { return duration(n * 60000000000); }
constexpr duration hour(int64_t n) { return duration(n * 3600000000000); }

// Sleeps until a point in time, never less.
inline zx_status_t nanosleep(zx::time deadline) { return zx_nanosleep(deadline.get()); }

// The point in time that lies a span from now.
inline zx::time deadline_after(zx::duration span) {
  return zx::time(zx_deadline_after(span.get()));
}

}  // namespace zx

#endif  // LIB_ZX_INTERNAL_TIME_H_

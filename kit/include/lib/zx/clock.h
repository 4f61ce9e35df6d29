// SPDX-License-Identifier: MIT
// zx::clock: a clock object, and the functions that read the clocks of the system.
#ifndef LIB_ZX_CLOCK_H_
#define LIB_ZX_CLOCK_H_

#include <lib/zx/object.h>
#include <zircon/process.h>
#include <zircon/syscalls/clock.h>
#include <zircon/utc.h>
#include <type_traits>

namespace zx {

namespace detail {

inline zx_status_t read_clock(std::integral_constant<zx_clock_t, 0>, zx_time_t* now) {
  *now = zx_clock_get_monotonic();
  return ZX_OK;
}

inline zx_status_t read_clock(std::integral_constant<zx_clock_t, 1>, zx_time_t* now) {
  return zx_clock_read(zx_utc_reference_get(), now);
}

// How long the calling thread has run.
inline zx_status_t read_clock(std::integral_constant<zx_clock_t, 2>, zx_time_t* now) {
  zx_info_thread_stats_t stats = {};
  const zx_status_t status = zx_object_get_info(zx_thread_self(), ZX_INFO_THREAD_STATS, &stats,
                                                sizeof(stats), nullptr, nullptr);
  if (status == ZX_OK) {
    *now = stats.total_runtime;
  }
  return status;
}

}  // namespace detail

class clock final : public object<clock>, public detail::object_type<ZX_OBJ_TYPE_CLOCK> {
 public:
  constexpr clock() = default;
  explicit clock(zx_handle_t value) : object(value) {}
  explicit clock(handle&& other) : object(other.release()) {}
  clock(clock&& other) : object(other.release()) {}
  clock& operator=(clock&& other) {
    reset(other.release());
    return *this;
  }

  // What an update changes; the setters can be chained.
  class update_args {
   public:
    update_args() = default;

    update_args& reset() {
      options_ = 0;
      return *this;
    }

    update_args& set_value(zx::time value) {
      args_.value = value.get();
      options_ |= ZX_CLOCK_UPDATE_OPTION_VALUE_VALID;
      return *this;
    }

    update_args& set_rate_adjust(int32_t rate) {
      args_.rate_adjust = rate;
      options_ |= ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID;
      return *this;
    }

    update_args& set_error_bound(uint64_t error_bound) {
      args_.error_bound = error_bound;
      options_ |= ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID;
      return *this;
    }

   private:
    friend class clock;
    uint64_t options_ = 0;
    zx_clock_update_args_v1_t args_ = {};
  };

  // The version in `options` is that of `args`.
  static zx_status_t create(uint64_t options, const zx_clock_create_args_v1_t* args,
                            clock* result) {
    options &= ~ZX_CLOCK_ARGS_VERSION_MASK;
    if (args != nullptr) {
      options |= ZX_CLOCK_ARGS_VERSION(1);
    }
    return zx_clock_create(options, args, result->reset_and_get_address());
  }

  zx_status_t read(zx_time_t* now_out) const { return zx_clock_read(object_base::get(), now_out); }

  zx_status_t get_details(zx_clock_details_v1_t* details_out) const {
    return zx_clock_get_details(object_base::get(), ZX_CLOCK_ARGS_VERSION(1), details_out);
  }

  zx_status_t update(const update_args& args) const {
    return zx_clock_update(object_base::get(), args.options_ | ZX_CLOCK_ARGS_VERSION(1),
                           &args.args_);
  }

  static zx::time get_monotonic() { return zx::time(zx_clock_get_monotonic()); }

  using object_base::get;

  // Reads a clock of the system.
  template <zx_clock_t kClockId>
  static zx_status_t get(basic_time<kClockId>* result) {
    return detail::read_clock(std::integral_constant<zx_clock_t, kClockId>(),
                              result->get_address());
  }

  zx_handle_t get_handle() const { return object_base::get(); }
};

using unowned_clock = unowned<clock>;

}  // namespace zx

#endif  // LIB_ZX_CLOCK_H_

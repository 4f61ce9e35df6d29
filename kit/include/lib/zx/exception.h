// SPDX-License-Identifier: MIT
// zx::exception: a thread that waits for what becomes of its exception.
#ifndef LIB_ZX_EXCEPTION_H_
#define LIB_ZX_EXCEPTION_H_

#include <lib/zx/object.h>
#include <lib/zx/process.h>
#include <lib/zx/thread.h>

namespace zx {

class exception final : public object<exception>, public detail::object_type<ZX_OBJ_TYPE_EXCEPTION> {
 public:
  constexpr exception() = default;
  explicit exception(zx_handle_t value) : object(value) {}
  explicit exception(handle&& other) : object(other.release()) {}
  exception(exception&& other) : object(other.release()) {}
  exception& operator=(exception&& other) {
    reset(other.release());
    return *this;
  }

  zx_status_t get_thread(thread* thread) const {
    return zx_exception_get_thread(get(), thread->reset_and_get_address());
  }

  zx_status_t get_process(process* process) const {
    return zx_exception_get_process(get(), process->reset_and_get_address());
  }
};

using unowned_exception = unowned<exception>;

}  // namespace zx

#endif  // LIB_ZX_EXCEPTION_H_

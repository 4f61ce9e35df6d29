// SPDX-License-Identifier: MIT
// zx::task: what jobs, processes and threads have in common.
#ifndef LIB_ZX_TASK_H_
#define LIB_ZX_TASK_H_

#include <lib/zx/channel.h>
#include <lib/zx/object.h>
#include <lib/zx/suspend_token.h>

namespace zx {

template <typename T = void>
class task : public object<T> {
 public:
  constexpr task() = default;
  explicit task(zx_handle_t value) : object<T>(value) {}
  explicit task(handle&& other) : object<T>(other.release()) {}
  task(task&& other) : object<T>(other.release()) {}

  task& operator=(task&& other) {
    this->reset(other.release());
    return *this;
  }

  zx_status_t kill() const { return zx_task_kill(this->get()); }

  // The task goes on when the token is closed.
  zx_status_t suspend(suspend_token* result) const {
    return zx_task_suspend_token(this->get(), result->reset_and_get_address());
  }

  zx_status_t create_exception_channel(uint32_t options, object<channel>* channel) const {
    return zx_task_create_exception_channel(this->get(), options,
                                            channel->reset_and_get_address());
  }
};

}  // namespace zx

#endif  // LIB_ZX_TASK_H_

// SPDX-License-Identifier: MIT
// sync::Completion.
#ifndef LIB_SYNC_CPP_COMPLETION_H_
#define LIB_SYNC_CPP_COMPLETION_H_

#include <lib/sync/completion.h>
#include <lib/zx/time.h>

namespace sync {

class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  zx_status_t Wait() { return sync_completion_wait(&completion_, ZX_TIME_INFINITE); }
  zx_status_t Wait(zx::duration timeout) {
    return sync_completion_wait(&completion_, timeout.get());
  }
  zx_status_t Wait(zx::time deadline) {
    return sync_completion_wait_deadline(&completion_, deadline.get());
  }
  void Signal() { sync_completion_signal(&completion_); }
  void Reset() { sync_completion_reset(&completion_); }
  bool signaled() const { return sync_completion_signaled(&completion_); }
  sync_completion_t* get() { return &completion_; }

 private:
  sync_completion_t completion_ = {};
};

}  // namespace sync

#endif  // LIB_SYNC_CPP_COMPLETION_H_

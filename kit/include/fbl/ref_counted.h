// SPDX-License-Identifier: MIT
// fbl::RefCounted: objects that count who points at them.
#ifndef FBL_REF_COUNTED_H_
#define FBL_REF_COUNTED_H_

#include <stdlib.h>

#include <atomic>

namespace fbl {

// The count begins when fbl::AdoptRef makes the first RefPtr.
template <typename T>
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void AddRef() const {
    if (count_.fetch_add(1, std::memory_order_relaxed) < 1) {
      abort();  // not adopted yet, or gone already
    }
  }

  // Whether that was the last reference.
  [[nodiscard]] bool Release() const {
    const int before = count_.fetch_sub(1, std::memory_order_acq_rel);
    if (before < 1) {
      abort();
    }
    return before == 1;
  }

  void Adopt() const {
    int none = 0;
    if (!count_.compare_exchange_strong(none, 1, std::memory_order_acq_rel)) {
      abort();  // adopted twice
    }
  }

 protected:
  ~RefCounted() = default;

 private:
  mutable std::atomic<int> count_{0};
};

}  // namespace fbl

#endif  // FBL_REF_COUNTED_H_

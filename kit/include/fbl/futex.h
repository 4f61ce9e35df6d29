// SPDX-License-Identifier: MIT
// fbl::futex_t: a futex in C++.
#ifndef FBL_FUTEX_H_
#define FBL_FUTEX_H_

#include <zircon/types.h>

#include <atomic>

namespace fbl {

class futex_t {
 public:
  constexpr futex_t(zx_futex_t value) : value_(value) {}
  futex_t(const futex_t&) = delete;
  futex_t& operator=(const futex_t&) = delete;

  zx_futex_storage_t load(std::memory_order order = std::memory_order_seq_cst) const {
    return __atomic_load_n(&value_, static_cast<int>(order));
  }
  void store(zx_futex_storage_t value, std::memory_order order = std::memory_order_seq_cst) {
    __atomic_store_n(&value_, value, static_cast<int>(order));
  }

  zx_futex_t* operator&() { return reinterpret_cast<zx_futex_t*>(&value_); }

 private:
  zx_futex_storage_t value_;
};

}  // namespace fbl

#endif  // FBL_FUTEX_H_

// SPDX-License-Identifier: MIT
// fbl::AllocChecker: new that gives null when memory runs out, and makes sure that somebody looks.
#ifndef FBL_ALLOC_CHECKER_H_
#define FBL_ALLOC_CHECKER_H_

#include <stddef.h>

#include <new>

namespace fbl {

class AllocChecker {
 public:
  AllocChecker() = default;
  AllocChecker(const AllocChecker&) = delete;
  AllocChecker& operator=(const AllocChecker&) = delete;
  ~AllocChecker();

  // Notes how an allocation went; somebody must call check() before the next one.
  void arm(size_t size, bool result);

  // Whether the last allocation went well.
  bool check() {
    armed_ = false;
    return ok_;
  }

 private:
  bool armed_ = false;
  bool ok_ = false;
};

}  // namespace fbl

void* operator new(size_t size, fbl::AllocChecker* checker) noexcept;
void* operator new(size_t size, std::align_val_t align, fbl::AllocChecker* checker) noexcept;
void* operator new[](size_t size, fbl::AllocChecker* checker) noexcept;
void* operator new[](size_t size, std::align_val_t align, fbl::AllocChecker* checker) noexcept;

#endif  // FBL_ALLOC_CHECKER_H_

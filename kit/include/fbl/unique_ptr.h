// SPDX-License-Identifier: MIT
// fbl::unique_ptr, which is std's.
#ifndef FBL_UNIQUE_PTR_H_
#define FBL_UNIQUE_PTR_H_

#include <fbl/alloc_checker.h>

#include <memory>
#include <utility>

namespace fbl {

template <typename T, typename Deleter = std::default_delete<T>>
using unique_ptr = std::unique_ptr<T, Deleter>;

template <typename T, typename... Args>
unique_ptr<T> make_unique(Args&&... args) {
  return std::make_unique<T>(std::forward<Args>(args)...);
}

// Null when memory runs out.
template <typename T, typename... Args>
unique_ptr<T> make_unique_checked(AllocChecker* checker, Args&&... args) {
  return unique_ptr<T>(new (checker) T(std::forward<Args>(args)...));
}

}  // namespace fbl

#endif  // FBL_UNIQUE_PTR_H_

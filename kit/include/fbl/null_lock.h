// SPDX-License-Identifier: MIT
// fbl::NullLock, a lock that excludes nobody.
#ifndef FBL_NULL_LOCK_H_
#define FBL_NULL_LOCK_H_

#include <zircon/compiler.h>

namespace fbl {

class __TA_CAPABILITY("mutex") NullLock {
 public:
  constexpr NullLock() = default;
  NullLock(const NullLock&) = delete;
  NullLock& operator=(const NullLock&) = delete;
  void Acquire() __TA_ACQUIRE() {}
  void Release() __TA_RELEASE() {}
  void lock() __TA_ACQUIRE() {}
  void unlock() __TA_RELEASE() {}
};

}  // namespace fbl

#endif  // FBL_NULL_LOCK_H_

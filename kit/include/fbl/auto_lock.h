// SPDX-License-Identifier: MIT
// fbl::AutoLock: holds a lock until its scope ends.
#ifndef FBL_AUTO_LOCK_H_
#define FBL_AUTO_LOCK_H_

#include <fbl/mutex.h>
#include <fbl/null_lock.h>
#include <threads.h>
#include <zircon/compiler.h>

namespace fbl {

class __TA_SCOPED_CAPABILITY AutoLock {
 public:
  explicit AutoLock(mtx_t* mutex) __TA_ACQUIRE(mutex) : mutex_(mutex) { mtx_lock(mutex_); }
  explicit AutoLock(Mutex* mutex) __TA_ACQUIRE(mutex) : AutoLock(mutex->GetInternal()) {}
  explicit AutoLock(NullLock* lock) __TA_ACQUIRE(lock) { static_cast<void>(lock); }
  AutoLock(const AutoLock&) = delete;
  AutoLock& operator=(const AutoLock&) = delete;
  ~AutoLock() __TA_RELEASE() { release(); }

  // Lets go early; again does nothing.
  void release() __TA_RELEASE() {
    if (mutex_ != nullptr) {
      mtx_unlock(mutex_);
      mutex_ = nullptr;
    }
  }

 private:
  mtx_t* mutex_ = nullptr;
};

}  // namespace fbl

#endif  // FBL_AUTO_LOCK_H_

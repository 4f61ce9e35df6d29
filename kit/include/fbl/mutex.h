// SPDX-License-Identifier: MIT
// fbl::Mutex.
#ifndef FBL_MUTEX_H_
#define FBL_MUTEX_H_

#include <threads.h>
#include <zircon/compiler.h>

namespace fbl {

class __TA_CAPABILITY("mutex") Mutex {
 public:
  Mutex() { mtx_init(&mutex_, mtx_plain); }
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  ~Mutex() { mtx_destroy(&mutex_); }

  void Acquire() __TA_ACQUIRE() { mtx_lock(&mutex_); }
  void Release() __TA_RELEASE() { mtx_unlock(&mutex_); }
  void lock() __TA_ACQUIRE() { mtx_lock(&mutex_); }
  void unlock() __TA_RELEASE() { mtx_unlock(&mutex_); }

  mtx_t* GetInternal() __TA_RETURN_CAPABILITY(mutex_) { return &mutex_; }

 private:
  mtx_t mutex_;
};

}  // namespace fbl

#endif  // FBL_MUTEX_H_

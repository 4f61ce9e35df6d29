// SPDX-License-Identifier: MIT
// A mutex on a futex.
#ifndef LIB_SYNC_MUTEX_H_
#define LIB_SYNC_MUTEX_H_

#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef struct __TA_CAPABILITY("mutex") sync_mutex {
  zx_futex_t futex;
} sync_mutex_t;

#define SYNC_MUTEX_INIT {}

void sync_mutex_lock(sync_mutex_t* mutex) __TA_ACQUIRE(mutex);
// Locks as if another thread were waiting: the unlock will wake one.
void sync_mutex_lock_with_waiter(sync_mutex_t* mutex) __TA_ACQUIRE(mutex);
// ZX_OK or ZX_ERR_TIMED_OUT.
zx_status_t sync_mutex_timedlock(sync_mutex_t* mutex, zx_time_t deadline);
// ZX_OK, or ZX_ERR_BAD_STATE when it is held.
zx_status_t sync_mutex_trylock(sync_mutex_t* mutex);
void sync_mutex_unlock(sync_mutex_t* mutex) __TA_RELEASE(mutex);

__END_CDECLS

#endif  // LIB_SYNC_MUTEX_H_

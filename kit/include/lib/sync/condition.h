// SPDX-License-Identifier: MIT
// A condition variable on a futex.
#ifndef LIB_SYNC_CONDITION_H_
#define LIB_SYNC_CONDITION_H_

#include <lib/sync/mutex.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef struct sync_condition {
  zx_futex_t futex;
} sync_condition_t;

#define SYNC_CONDITION_INIT {}

void sync_condition_wait(sync_condition_t* condition, sync_mutex_t* mutex);
// ZX_OK or ZX_ERR_TIMED_OUT; the mutex is held either way.
zx_status_t sync_condition_timedwait(sync_condition_t* condition, sync_mutex_t* mutex,
                                     zx_time_t deadline);
void sync_condition_signal(sync_condition_t* condition);
void sync_condition_broadcast(sync_condition_t* condition);

__END_CDECLS

#ifdef __cplusplus
static_assert(sizeof(sync_condition_t) == sizeof(sync_mutex_t), "each is one futex");
#else
_Static_assert(sizeof(sync_condition_t) == sizeof(sync_mutex_t), "each is one futex");
#endif

#endif  // LIB_SYNC_CONDITION_H_

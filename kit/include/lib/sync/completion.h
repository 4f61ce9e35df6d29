// SPDX-License-Identifier: MIT
// A completion: threads wait until it is signaled, and go on at once from then on.
#ifndef LIB_SYNC_COMPLETION_H_
#define LIB_SYNC_COMPLETION_H_

#include <stdbool.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef struct sync_completion {
  zx_futex_t futex;
} sync_completion_t;

#define SYNC_COMPLETION_INIT {}

// ZX_OK, or ZX_ERR_TIMED_OUT after `timeout` nanoseconds.
zx_status_t sync_completion_wait(sync_completion_t* completion, zx_duration_t timeout);
zx_status_t sync_completion_wait_deadline(sync_completion_t* completion, zx_time_t deadline);
void sync_completion_signal(sync_completion_t* completion);
// Signals, and makes all but none of the waiting threads wait for `target` instead, which
// `owner` owns.
void sync_completion_signal_requeue(sync_completion_t* completion, zx_futex_t* target,
                                    zx_handle_t owner);
void sync_completion_reset(sync_completion_t* completion);
bool sync_completion_signaled(const sync_completion_t* completion);

__END_CDECLS

#endif  // LIB_SYNC_COMPLETION_H_
